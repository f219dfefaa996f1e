"""Reads the text files that users write, with or without a byte order mark."""

import codecs
import errno
import os
from pathlib import Path
from typing import Final

__all__ = ["read_text"]

_MAX_BYTES: Final = 4 << 20
"""The largest file, larger than any configuration. Without a limit, an endless device file such as
``/dev/zero`` would fill the memory."""

_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32 comes before UTF-16, because the mark of UTF-32 LE begins with that of UTF-16 LE.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks. Windows' Notepad writes the first one, and PowerShell's ``>`` the fourth."""


def read_text(path: Path) -> str:
    """Return the text of a file without its byte order mark. Text without a mark must be UTF-8.

    Raises:
        OSError: The file cannot be read, or is too large.
        UnicodeDecodeError: The content is not text in the encoding that the mark stands for, or
            not UTF-8 if there is no mark. The error names the encoding.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except ValueError as err:  # a path with a null byte
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path)) from err
    if len(content) > _MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    return content.decode("utf-8")
