"""Reads a token from its source: the configuration, a file or an environment variable."""

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from ..errors import ConfigError
from .values import ACCESS_TOKEN_VARIABLE, TokenSources

__all__ = ["access_token", "read_token"]


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
        try:
            token = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as err:
            raise ConfigError(f"{key}_file: {path} cannot be read") from err
        missing = f"{key}_file: {path} is empty"
    else:
        token = sources.token or ""
        missing = f"{key}: must not be empty"
    token = token.strip()
    if given and not token:
        raise ConfigError(missing)
    return token or None
