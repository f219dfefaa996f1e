"""Reads the key ``recorder``."""

from dataclasses import replace
from pathlib import Path

from ..errors import ConfigError
from ..recorder import RecorderSettings
from .profile import build
from .schema import options_schema, validated

__all__ = ["read_recorder"]

_KEY = "recorder."


def read_recorder(given: object, *, folder: Path) -> RecorderSettings | None:
    """Return the settings of the recorder, or None if nothing is recorded.

    Raises:
        ConfigError: A value is invalid; the message names the key.
    """
    if given is None:
        return None
    values = validated(options_schema(RecorderSettings), given, where=_KEY)
    try:
        settings = build(RecorderSettings, values)
    except ConfigError as err:
        raise ConfigError(f"{_KEY}{err}") from err
    return replace(settings, folder=str(folder / settings.folder)) if settings.folder else settings
