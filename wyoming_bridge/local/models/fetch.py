"""Fetches a file of a model. Its name ends with ``.part`` until its SHA-256 was checked.

An earlier attempt that was interrupted is resumed. ``check_url`` must allow the URL and each
redirect. Each error names the address that failed, which after a redirect is not the one that the
user typed.
"""

import errno
import hashlib
import http.client
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from ...errors import place_of
from .find import ModelError
from .urls import check_url

__all__ = ["MAX_BYTES", "fetch"]

MAX_BYTES: Final = 4 << 30
"""The largest file that is fetched: 4 GiB. The largest models for a home server have 2 GB."""

CHUNK_BYTES: Final = 256 * 1024

TIMEOUT_S: Final = 30.0
"""The longest wait for the server's next bytes."""

_SHA256_DIGITS: Final = 64


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects only to addresses that ``fetch`` would accept, and remembers the last."""

    def __init__(self, url: str) -> None:
        self.url = url
        """The URL of the newest request."""

    @property
    def place(self) -> str:
        """The address of the newest request, for a message."""
        return place_of(self.url) or "the URL"

    def redirect_request(  # noqa: PLR0917 - the library's own signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request.

        Raises:
            ModelError: The address is not allowed.
        """
        self.url = newurl
        try:
            check_url(newurl)
        except ModelError:
            fp.close()  # otherwise the connection stays open
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(
    url: str, *, sha256: str, target: Path, on_progress: Callable[[int, int | None], None]
) -> None:
    """Fetch a file to ``target``. Resume an earlier attempt if the server still has the same file.

    ``on_progress`` gets the number of bytes so far, and the size of the file; None if the server
    does not send it.

    Raises:
        ModelError: The file cannot be fetched or stored, or its SHA-256 is not ``sha256``.
    """
    expected = sha256.strip().lower()
    if len(expected) != _SHA256_DIGITS or set(expected) - set("0123456789abcdef"):
        raise ModelError(f"--sha256 must have {_SHA256_DIGITS} hexadecimal digits, got {sha256!r}")
    check_url(url)
    requests = _SafeRedirects(url)
    part = target.with_name(f"{target.name}.part")
    mark = target.with_name(f"{target.name}.part.etag")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _download(requests, part, mark, on_progress)
        digest = _digest_of(part)
        if digest != expected:
            part.unlink()
            mark.unlink(missing_ok=True)
            raise ModelError(
                f"{requests.place} is not the expected file: its SHA-256 is {digest}, "
                f"not {expected}"
            )
        part.replace(target)
        mark.unlink(missing_ok=True)
    except urllib.error.HTTPError as err:
        with err:
            # If the scheme of a redirect is unknown, urllib's reason contains the whole URL.
            reason = err.reason.replace(err.url, place_of(err.url))
            raise ModelError(
                f"{requests.place} cannot be fetched: HTTP {err.code} {reason}"
            ) from err
    except urllib.error.URLError as err:
        raise ModelError(f"{requests.place} cannot be fetched: {err.reason}") from err
    except http.client.InvalidURL as err:  # its message contains the query
        raise ModelError(f"{requests.place} must be given without spaces") from err
    except (http.client.HTTPException, ConnectionError, TimeoutError) as err:
        raise ModelError(
            f"the connection to {requests.place} was lost ({err}); run the command again to resume"
        ) from err
    except OSError as err:
        why = "there is no space left" if err.errno == errno.ENOSPC else err.strerror
        raise ModelError(f"{target} cannot be written: {why}") from err


def _download(
    requests: _SafeRedirects, part: Path, mark: Path, on_progress: Callable[[int, int | None], None]
) -> None:
    url = requests.url
    headers = _resume_headers(part, mark)
    try:
        answer = _open(url, headers, requests)
    except urllib.error.HTTPError as err:
        if err.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not headers:
            raise
        err.close()
        part.unlink()  # the part is as long as the file, or longer
        answer = _open(url, {}, requests)
    with answer as response:
        _store(response, part, mark, on_progress, place=requests.place)


def _open(
    url: str, headers: Mapping[str, str], requests: _SafeRedirects
) -> http.client.HTTPResponse:
    requests.url = url
    opener = urllib.request.build_opener(requests)
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - the scheme is checked
    answer: http.client.HTTPResponse = opener.open(request, timeout=TIMEOUT_S)
    return answer


def _resume_headers(part: Path, mark: Path) -> dict[str, str]:
    """Return the headers that request only the missing part if the server has the same file.

    Return no headers if there was no earlier attempt.
    """
    with suppress(OSError, UnicodeDecodeError):
        size, etag = part.stat().st_size, mark.read_text("ascii").strip()
        if size and etag:
            return {"Range": f"bytes={size}-", "If-Range": etag}
    return {}


def _store(
    answer: http.client.HTTPResponse,
    part: Path,
    mark: Path,
    on_progress: Callable[[int, int | None], None],
    *,
    place: str,
) -> None:
    is_rest = answer.status == http.HTTPStatus.PARTIAL_CONTENT
    done = part.stat().st_size if is_rest else 0
    if is_rest and not answer.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
        raise ModelError(f"{place} did not send the part of the file that was requested")
    length = answer.headers.get("Content-Length", "")
    total = done + int(length) if length.isdecimal() else None
    if total is not None:
        _check_size(total, place)
        if total - done > shutil.disk_usage(part.parent).free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if not is_rest:
        etag = answer.headers.get("ETag", "")
        mark.write_text("" if etag.startswith("W/") or not etag.isascii() else etag, "ascii")
    with part.open("ab" if is_rest else "wb") as file:
        while chunk := answer.read(CHUNK_BYTES):
            done += len(chunk)
            _check_size(done, place)
            file.write(chunk)
            on_progress(done, total)
    if total is not None and done < total:
        raise http.client.IncompleteRead(b"", total - done)


def _check_size(size: int, place: str) -> None:
    if size > MAX_BYTES:
        raise ModelError(f"{place} is too large: more than {MAX_BYTES >> 30} GiB")


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
