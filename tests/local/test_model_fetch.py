"""Models: their files are downloaded from a real server."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wyoming_bridge.local.models import ModelError
from wyoming_bridge.local.models.fetch import fetch
from wyoming_bridge.local.models.urls import file_name_of

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class FileServer(ThreadingHTTPServer):
    """A server with one file. A test can change the file, or make a download break off."""

    content = CONTENT
    etag = '"first"'
    breaks_after: int | None = None
    size: int | None = None
    redirect = ""
    wrong_range = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FileHandler)
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/models/encoder.onnx"


class FileHandler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.end_headers()
            return
        if not self.path.partition("?")[0].endswith("encoder.onnx"):
            self.send_error(404)
            return
        start = 0
        if asked and self.headers.get("If-Range") == server.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
            self.send_response(206)
            size = len(server.content)
            first = 0 if server.wrong_range else start
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        else:
            self.send_response(200)
        rest = server.content[start:]
        self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(server.size or len(rest)))
        self.end_headers()
        with suppress(ConnectionError):  # the client leaves if it does not want the file
            self.wfile.write(rest[: server.breaks_after])

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def files() -> Iterator[FileServer]:
    with FileServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get(
    files: FileServer, folder: Path, *, sha256: str = SHA256, url: str = ""
) -> list[tuple[int, int | None]]:
    progress: list[tuple[int, int | None]] = []
    fetch(
        url or files.url,
        sha256=sha256,
        target=folder / "model" / "encoder.onnx",
        on_progress=lambda done, total: progress.append((done, total)),
    )
    return progress


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "model").iterdir())


def test_a_file_is_fetched_with_progress(files: FileServer, tmp_path: Path) -> None:
    progress = get(files, tmp_path, sha256=SHA256.upper())
    assert (tmp_path / "model" / "encoder.onnx").read_bytes() == CONTENT
    assert progress[-1] == (len(CONTENT), len(CONTENT))
    assert names_in(tmp_path) == ["encoder.onnx"]


def test_an_interrupted_download_is_resumed(files: FileServer, tmp_path: Path) -> None:
    files.breaks_after = 600_000
    with pytest.raises(ModelError, match=r"connection to .* was lost.*again to resume"):
        get(files, tmp_path)
    assert "encoder.onnx" not in names_in(tmp_path)
    files.breaks_after = None
    progress = get(files, tmp_path)
    assert files.ranges == [None, "bytes=600000-"]
    assert progress[0][0] > 600_000
    assert names_in(tmp_path) == ["encoder.onnx"]


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(
    files: FileServer, tmp_path: Path
) -> None:
    files.content, files.breaks_after = bytes(len(CONTENT)), 600_000
    with pytest.raises(ModelError, match=r"connection to .* was lost"):
        get(files, tmp_path)
    files.content, files.etag, files.breaks_after = CONTENT, '"second"', None
    get(files, tmp_path)
    assert (tmp_path / "model" / "encoder.onnx").read_bytes() == CONTENT


def test_a_part_that_is_longer_than_the_file_is_fetched_from_its_start(
    files: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "encoder.onnx.part").write_bytes(CONTENT + b"more")
    (tmp_path / "model" / "encoder.onnx.part.etag").write_text(files.etag)
    get(files, tmp_path)
    assert (tmp_path / "model" / "encoder.onnx").read_bytes() == CONTENT


def test_another_file_is_refused_and_the_old_one_stays(files: FileServer, tmp_path: Path) -> None:
    get(files, tmp_path)
    with pytest.raises(
        ModelError, match=f"is not the expected file: its SHA-256 is {SHA256}, not 00"
    ):
        get(files, tmp_path, sha256="0" * 64)
    assert (tmp_path / "model" / "encoder.onnx").read_bytes() == CONTENT
    assert names_in(tmp_path) == ["encoder.onnx"]


def test_a_file_that_is_too_large_is_refused_before_it_is_fetched(
    files: FileServer, tmp_path: Path
) -> None:
    files.size = 5 << 30
    with pytest.raises(ModelError, match="too large: more than 4 GiB"):
        get(files, tmp_path)


def test_a_missing_file_is_named(files: FileServer, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing cannot be fetched: HTTP 404"):
        get(files, tmp_path, url=f"{files.url}/missing")


def test_an_unreachable_server_is_an_error(files: FileServer, tmp_path: Path) -> None:
    files.server_close()
    files.shutdown()
    with pytest.raises(ModelError, match=r"cannot be fetched: .*refused"):
        get(files, tmp_path)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://10.0.0.1/x"])
def test_a_redirect_to_another_kind_of_address_is_not_followed(
    files: FileServer, tmp_path: Path, target: str
) -> None:
    files.redirect = target
    with pytest.raises(ModelError, match=r"must begin with https://|is not allowed"):
        get(files, tmp_path)


SECRET = "?signature=secret"


def no_longer(files: FileServer) -> None:
    files.breaks_after = 600_000


def other(files: FileServer) -> None:
    files.content = b"another file"


def too_large(files: FileServer) -> None:
    files.size = 5 << 30


def gone(files: FileServer) -> None:
    files.shutdown()
    files.server_close()


def redirected(files: FileServer) -> None:
    files.redirect = "ftp://127.0.0.1/a" + SECRET


def redirected_to_an_unknown_scheme(files: FileServer) -> None:
    files.redirect = "gopher://127.0.0.1/a" + SECRET


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (no_longer, r"the connection to {place} was lost"),
        (other, r"{place} is not the expected file"),
        (too_large, r"{place} is too large"),
        (gone, r"{place} cannot be fetched"),
        (redirected, r"got ftp://127\.0\.0\.1/a$"),
        (
            redirected_to_an_unknown_scheme,
            r"{place} cannot be fetched: HTTP 302 .*Redirection to url '127.0.0.1/a'",
        ),
    ],
)
def test_an_error_names_the_address_that_failed_without_its_query(
    fault: Callable[[FileServer], None], message: str, files: FileServer, tmp_path: Path
) -> None:
    place = re.escape(files.url.removeprefix("http://"))
    fault(files)

    with pytest.raises(ModelError, match=message.replace("{place}", place)) as failed:
        get(files, tmp_path, url=files.url + SECRET)

    assert "secret" not in str(failed.value)


def test_after_a_redirect_the_new_address_is_named(files: FileServer, tmp_path: Path) -> None:
    with FileServer() as other:
        other.redirect = f"http://127.0.0.1:{files.server_port}/missing{SECRET}"
        thread = threading.Thread(target=other.serve_forever, args=(0.01,))
        thread.start()
        place = f"127.0.0.1:{files.server_port}/missing"
        with pytest.raises(ModelError, match=f"^{place} cannot be fetched: HTTP 404"):
            get(other, tmp_path)
        other.shutdown()
        thread.join()


def test_a_server_that_sends_another_part_is_named(files: FileServer, tmp_path: Path) -> None:
    files.breaks_after = 600_000
    with pytest.raises(ModelError):
        get(files, tmp_path)
    files.wrong_range = True

    with pytest.raises(ModelError, match=r"encoder\.onnx did not send the part of the file"):
        get(files, tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@127.0.0.1/m.onnx",
        "https://user:secret@127.0.0.1:1/m.onnx",
        "https://127.0.0.1:secret/m.onnx",
        "https://[secret/m.onnx",
        "https://user:secret@ho\u2100st/m.onnx",
        "https://127.0.0.1/a b.onnx?signature=secret",
        "https://127.0.0.1/?signature=secret",
        "ftp://user:secret@127.0.0.1/m.onnx",
    ],
)
def test_no_error_about_a_url_shows_a_secret(url: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as failed:
        fetch(
            url,
            sha256=SHA256,
            target=tmp_path / file_name_of(url),
            on_progress=lambda _done, _total: None,
        )

    assert "secret" not in str(failed.value)


def test_an_invalid_checksum_is_refused(files: FileServer, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="must have 64 hexadecimal digits"):
        get(files, tmp_path, sha256="abc")
    assert files.ranges == []


def test_a_folder_that_cannot_be_written_is_an_error(files: FileServer, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file")
    with pytest.raises(ModelError, match="cannot be written"):
        get(files, tmp_path)
