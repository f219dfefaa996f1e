"""Reads a token from its source: the configuration, a file or an environment variable.

No error and no log line holds a token.
"""

import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..errors import ConfigError
from .values import ACCESS_TOKEN_VARIABLE, TokenSources

__all__ = ["access_token", "read_token", "read_token_file", "warn_if_readable_by_all"]

_log = logging.getLogger(__name__)

_READABLE_BY_ALL: Final = stat.S_IROTH if os.name == "posix" else 0
"""Windows has no such mode: Python derives it from the read-only flag."""


def access_token(file: Path | None, *, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return a client's token for a bridge: from the file, or else from the environment variable.

    Raises:
        ConfigError: The file or the variable has no token.
    """
    sources = TokenSources(
        token_file=str(file.absolute()) if file else None,
        token_env=ACCESS_TOKEN_VARIABLE
        if not file and ACCESS_TOKEN_VARIABLE in environment
        else None,
    )
    return read_token(sources, key="access_token", folder=Path(), environment=environment)


def read_token(
    sources: TokenSources,
    *,
    folder: Path,
    environment: Mapping[str, str],
    key: str = "token",
) -> str | None:
    """Return the token from the source that is set; a relative path starts at ``folder``.

    ``key`` is the name of the token's key in error texts; the keys of the other sources start
    with it.

    Raises:
        ConfigError: Several sources are set, or the source has no token.
    """
    given = [each.name for each in fields(sources) if getattr(sources, each.name) is not None]
    if len(given) > 1:
        names = " and ".join(name.replace("token", key) for name in given)
        raise ConfigError(f"{names}: only one of these keys is allowed")
    if sources.token_env is not None:
        token = environment.get(sources.token_env, "")
        missing = f"{key}_env: the environment variable {sources.token_env} is not set"
    elif sources.token_file is not None:
        path = folder / sources.token_file
        token = read_token_file(path, key=f"{key}_file")
        missing = f"{key}_file: {path} is empty"
    else:
        token = sources.token or ""
        missing = f"{key}: must not be empty"
    token = token.strip()
    if given and not token:
        raise ConfigError(missing)
    return token or None


def read_token_file(path: Path, *, key: str) -> str:
    """Return the text of a file with tokens; warn if every user of the machine can read it.

    ``key`` names the setting in the error text.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        text = path.read_text("utf-8-sig")  # editors on Windows write a byte order mark
        warn_if_readable_by_all(path)
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{key}: {path} cannot be read") from err
    return text


@lru_cache(maxsize=64)
def warn_if_readable_by_all(path: Path) -> None:
    """Log a warning if every user of the machine can read a file with a token, once per file.

    Raises:
        OSError: The file does not exist any more.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _READABLE_BY_ALL:
        _log.warning(
            "every user of this machine can read %s, which has a token in it: its mode is %03o and "
            "should be 600 (chmod 600)",
            path,
            mode,
        )
