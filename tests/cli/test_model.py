"""The command ``model get``: where the files of a model go, and what the user can do with them."""

import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from commands import COMMAND
from patience import PATIENCE_S
from tiny_moonshine import write_streaming

NAME = "small-streaming-es"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Serve a model. Return its folder and its URL."""
    folder = write_streaming(tmp_path / "served" / NAME / "quantized")
    handler = partial(QuietHandler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/{NAME}/quantized"
        server.shutdown()
        thread.join()


def get(file: Path, url: str, data: Path) -> subprocess.CompletedProcess[str]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return model("get", url, "--sha256", digest, data=data)


def model(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "model", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_S,
        env=os.environ | {"XDG_DATA_HOME": str(data), "COLUMNS": "400"},
    )


def test_a_file_goes_to_a_folder_of_its_own_and_the_missing_file_is_named(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = served
    done = get(folder / "tokenizer.bin", f"{url}/tokenizer.bin", tmp_path)
    target = tmp_path / "wyoming-bridge" / "models" / NAME / "tokenizer.bin"
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{target}\n"
    assert target.read_bytes() == (folder / "tokenizer.bin").read_bytes()
    assert sorted(path.name for path in target.parent.iterdir()) == ["tokenizer.bin"]
    assert f"The folder cannot be used yet: no engine finds its files in {target.parent}" in (
        done.stderr
    )


def test_with_the_last_file_of_a_model_the_command_says_how_to_use_it(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = served
    target = tmp_path / "wyoming-bridge" / "models" / NAME
    shutil.copytree(folder, target)
    (target / "cross_kv.ort").unlink()
    done = get(folder / "cross_kv.ort", f"{url}/cross_kv.ort", tmp_path)
    assert f"Moonshine can use the folder: 'wyoming-bridge serve --model {target}'" in done.stderr
    assert f"'model: {target}' in a profile with 'provider: local'" in done.stderr


def test_the_list_has_models_that_were_fetched(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = served
    models = tmp_path / "wyoming-bridge" / "models"
    shutil.copytree(folder, models / NAME)
    shutil.copytree(folder, models / "unpacked" / "base-de")
    (models / "begun").mkdir()
    (models / "begun" / "tokenizer.bin").write_bytes(bytes(3_000_000))
    language = shutil.copytree(folder, models / "named") / "language.txt"
    language.write_text("Spanish")
    problem = f"{language} must contain a language code such as nl, got 'spanish'"

    lines = model("list", data=tmp_path).stdout.splitlines()

    assert lines[0].startswith("moonshine-tiny-en: moonshine, en, 44 MB, MIT, ")
    assert lines[1:] == [
        f"begun: no engine can use it yet, 3 MB, {models / 'begun'}",
        f"named: moonshine, {problem}, 0 MB, {models / 'named'}",
        f"{NAME}: moonshine, es, 0 MB, {models / NAME}",
        f"unpacked: moonshine, de, 0 MB, {models / 'unpacked' / 'base-de'}",
    ]


def test_the_list_needs_no_models_folder(tmp_path: Path) -> None:
    done = model("list", data=tmp_path)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1


def test_an_archive_must_be_unpacked(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    archive = folder / "zipformer-fr.tar.bz2"
    archive.write_bytes(b"an archive")
    done = get(archive, f"{url}/{archive.name}", tmp_path)
    assert done.stdout.endswith(f"models/zipformer-fr/{archive.name}\n")
    assert "Unpack the archive. Then use the folder" in done.stderr
