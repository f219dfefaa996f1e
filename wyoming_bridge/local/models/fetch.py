"""Fetches a file of a model. Its name ends with ``.part`` until its SHA-256 was checked.

An earlier attempt that was interrupted is resumed.

The user typed the URL, so it may name any host. The URL and each redirect must use https, or http
on this machine. Each error names the address that failed, which after a redirect is not the one
that the user typed. Its user, password and query may be secret, so ``place_of`` leaves them out.
"""

import errno
import hashlib
import http.client
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote, urlsplit

from ...access import is_loopback
from ...errors import place_of
from .find import ModelError

__all__ = ["MAX_BYTES", "fetch", "file_name_of", "is_archive", "model_name_of"]

MAX_BYTES: Final = 4 << 30
"""The largest file that is fetched: 4 GiB. The largest models for a home server have 2 GB."""

CHUNK_BYTES: Final = 256 * 1024

TIMEOUT_S: Final = 30.0
"""The longest wait for the server's next bytes."""

_SHA256_DIGITS: Final = 64

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""A part of a URL that may become the name of a folder."""

_GENERAL: Final = re.compile(
    r"(blob|download|files?|int8|latest|main|master|models?|onnx|ort|quantized\w*|raw|releases?"
    r"|resolve|v?\d[\d._-]*|[0-9a-f]{40})",
    re.IGNORECASE,
)
"""Parts of URLs that do not name a model, such as branches, commits and versions of files."""

_ARCHIVE: Final = re.compile(r"\.(tar(\.\w+)?|tgz|tbz2?|txz|zip)$", re.IGNORECASE)


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
            _check_url(newurl)
        except ModelError:
            fp.close()  # otherwise the connection stays open
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def file_name_of(url: str) -> str:
    """Return the name of the file that a URL names.

    Raises:
        ModelError: The URL is not allowed, or names no file.
    """
    name = unquote(_check_url(url).rpartition("/")[2])
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise ModelError(f"the URL must end with the name of a file, got {place_of(url)}")
    return name


def is_archive(name: str) -> bool:
    """Return whether a file must be unpacked, judged by its name."""
    return _ARCHIVE.search(name) is not None


def model_name_of(url: str) -> str:
    """Return a name for the folder of the model to which the file of a URL belongs.

    If the file is an archive, it is the name of the archive without its ending. Otherwise it is the
    last folder in the URL whose name says more than, for example, ``main``. Without such a folder
    it is the host, or "model" if a folder cannot have that name (an IPv6 address, for example).

    Raises:
        ModelError: The URL is not allowed, or names no file.
    """
    name = file_name_of(url)
    parts = urlsplit(url)
    folders = [unquote(part) for part in parts.path.split("/")[:-1]]
    found = [part for part in folders if _NAME.fullmatch(part) and not _GENERAL.fullmatch(part)]
    if is_archive(name) and _NAME.fullmatch(stem := _ARCHIVE.sub("", name)):
        return stem
    host = parts.hostname or ""
    return found[-1] if found else host if _NAME.fullmatch(host) else "model"


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
    _check_url(url)
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


def _check_url(url: str) -> str:
    """Return the path of a URL that is allowed.

    Raises:
        ModelError: The URL is invalid, or uses neither https, nor http on this machine.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # reading it validates it
    except ValueError as err:  # its message can contain a password
        raise ModelError("the URL is invalid") from err
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        scheme = f"{parts.scheme}://" if parts.scheme else ""
        raise ModelError(f"the URL must begin with https://, got {scheme}{place_of(url)}")
    if parts.username is not None:
        raise ModelError(f"{place_of(url)} must be given without a user and a password")
    return parts.path


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
