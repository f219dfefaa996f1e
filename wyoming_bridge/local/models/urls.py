"""URLs of files of models: which are allowed, and the names of the file and the model.

The user typed the URL, so it may name any host. It must use https, or http on this machine. Its
user, password and query may be secret, so ``place_of`` leaves them out of messages.
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from ...access import is_loopback
from ...errors import place_of
from .find import ModelError

__all__ = ["check_url", "file_name_of", "is_archive", "model_name_of"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""A part of a URL that may become the name of a folder."""

_GENERAL: Final = re.compile(
    r"(blob|download|files?|int8|latest|main|master|models?|onnx|ort|quantized\w*|raw|releases?"
    r"|resolve|v?\d[\d._-]*|[0-9a-f]{40})",
    re.IGNORECASE,
)
"""Parts of URLs that do not name a model, such as branches, commits and versions of files."""

_ARCHIVE: Final = re.compile(r"\.(tar(\.\w+)?|tgz|tbz2?|txz|zip)$", re.IGNORECASE)


def check_url(url: str) -> str:
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


def file_name_of(url: str) -> str:
    """Return the name of the file that a URL names.

    Raises:
        ModelError: The URL is not allowed, or names no file.
    """
    name = unquote(check_url(url).rpartition("/")[2])
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
