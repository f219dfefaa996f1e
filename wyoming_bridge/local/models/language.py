"""Finds out which language a model in the user's folder recognises.

The files of a model do not name its language.
"""

import re
from pathlib import Path
from typing import Final

from ...errors import ConfigError

__all__ = ["LANGUAGE_FILE", "language_of"]

LANGUAGE_FILE: Final = "language.txt"
"""The file in the folder with the code of the language."""

_CODE: Final = re.compile(r"[a-z]{2,3}")

_MAX_CHARS: Final = 100
"""The most characters of the file that are read. It should contain only a code."""

_CODES_IN_NAMES: Final = frozenset(
    """
    ar bg bn ca cs da de el en es et eu fa fi fr gl he hi hr hu hy id is it ja ka kk ko lt lv mk mn
    ms nb nl no pl pt ro ru sk sl sq sr sv sw ta te th tr uk ur vi zh
    """.split()  # noqa: SIM905 - a list of codes reads best as text
)
"""Languages that are recognised in the name of a folder.

Rare languages whose code is a common English word are left out, such as ``my`` and ``so``.
"""


def language_of(folder: Path) -> str | None:
    """Return the language of the model in a folder, ISO 639; None if it is unknown.

    It is the code in the file ``language.txt``. Without the file, it is the code that is a part of
    the folder's name. If the name has several codes, the language is unknown.

    Raises:
        ConfigError: The file cannot be read or does not contain a code.
    """
    path = folder / LANGUAGE_FILE
    try:
        with path.open(encoding="utf-8") as file:
            code = file.read(_MAX_CHARS).strip().lower()
    except (FileNotFoundError, NotADirectoryError):
        parts = set(re.split(r"[^a-z]+", folder.name.lower())) & _CODES_IN_NAMES
        return parts.pop() if len(parts) == 1 else None
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{path} cannot be read: {err}") from err
    if not _CODE.fullmatch(code):
        raise ConfigError(f"{path} must contain a language code such as nl, got {code!r}")
    return code
