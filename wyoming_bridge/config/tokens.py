"""Reads a token from its source: the configuration, a file or an environment variable.

No error and no log line contains a token.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from ..errors import ConfigError, reason_of
from ..options import option
from ..secret_files import TOKEN, warn_if_readable_by_all
from .text_file import read_text
from .values import ACCESS_TOKEN_VARIABLE

__all__ = [
    "TokenSources",
    "access_token",
    "read_token",
    "read_token_file",
    "read_tokens",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSources:
    """The sources of a token, of which at most one may be set."""

    token: str | None = option(None, doc="The account's token itself.", secret=True)
    token_file: str | None = option(
        None, doc="File with the token, relative to the configuration file."
    )
    token_env: str | None = option(None, doc="Environment variable with the token.")


def access_token(file: Path | None, *, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return a client's token for a bridge: from the file, or else from the environment variable.

    Raises:
        ConfigError: The file or the variable has no valid token.
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
    """Return the token from the source that is set, or None if no source is set.

    The path of the token's file may be relative to ``folder``. In error texts, the key of the token
    is ``key``, and the keys of its other sources are ``key`` with ``_file`` or ``_env``.

    Raises:
        ConfigError: Several sources are set, or the source has no valid token.
    """
    given = [each.name for each in fields(sources) if getattr(sources, each.name) is not None]
    if len(given) > 1:
        names = " and ".join(name.replace("token", key) for name in given)
        raise ConfigError(f"{names}: only one of these keys is allowed")
    if sources.token_env is not None:
        token = _bare(environment.get(sources.token_env, ""))
        place = f"{key}_env: the environment variable {sources.token_env}"
        missing = f"{place} is not set"
    elif sources.token_file is not None:
        path = folder / sources.token_file
        token = _bare(read_token_file(path, key=f"{key}_file"))
        place = f"{key}_file: {path}"
        missing = f"{place} is empty"
    else:
        token = _bare(sources.token or "")
        place = f"{key}:"
        missing = f"{place} must not be empty"
    if given and not token:
        raise ConfigError(missing)
    if not _is_sendable(token):
        raise ConfigError(f"{place} must be printable ASCII without spaces")
    return token or None


def read_tokens(path: Path, *, key: str) -> frozenset[str]:
    """Return the tokens of a file that has one per line.

    Raises:
        ConfigError: The file cannot be read, is empty, or has an invalid token; the message names
            ``key``.
    """
    tokens = {_bare(token) for token in read_token_file(path, key=key).split()} - {""}
    if not tokens:
        raise ConfigError(f"{key}: {path} is empty")
    if not all(map(_is_sendable, tokens)):
        raise ConfigError(f"{key}: {path} must contain tokens of printable ASCII, one per line")
    return frozenset(tokens)


def read_token_file(path: Path, *, key: str) -> str:
    """Return the text of a file with tokens; warn if every user of the machine can read it.

    ``key`` names the setting in the error text.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        text = read_text(path)
        warn_if_readable_by_all(path, secret=TOKEN)
    except OSError as err:
        raise ConfigError(f"{key}: {path} cannot be read: {reason_of(err)}") from err
    except UnicodeDecodeError as err:
        encoding = err.encoding.upper()
        raise ConfigError(f"{key}: {path} cannot be read: it is not {encoding} text") from err
    return text


def _is_sendable(token: str) -> bool:
    """Return whether an HTTP header can contain the token. An empty token counts as sendable."""
    return token.isascii() and token.isprintable() and " " not in token


def _bare(text: str) -> str:
    """Return a text without invisible characters at its ends, which a web page can contain."""
    seen = [at for at, character in enumerate(text) if character.isprintable() and character != " "]
    return text[seen[0] : seen[-1] + 1] if seen else ""
