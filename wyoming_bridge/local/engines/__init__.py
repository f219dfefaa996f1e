"""The recognisers that can stand behind the local realtime server."""

from enum import StrEnum

from ...errors import ConfigError
from ..engine import Engine
from .pocketsphinx import PocketsphinxEngine
from .scripted import ScriptedEngine, scripted_words

__all__ = [
    "EngineName",
    "PocketsphinxEngine",
    "ScriptedEngine",
    "create_engine",
    "scripted_words",
]


class EngineName(StrEnum):
    """What ``serve --engine`` takes."""

    POCKETSPHINX = "pocketsphinx"
    """Recognises English speech offline."""
    SCRIPTED = "scripted"
    """Makes up words from the audio's bytes; for tests and benchmarks."""


def create_engine(name: str) -> Engine:
    """Make the engine of that name, with its default settings and not started.

    Raises:
        ConfigError: There is no such engine.
    """
    try:
        known = EngineName(name)
    except ValueError as err:
        raise ConfigError(
            f"there is no engine {name!r}; the engines are {', '.join(EngineName)}"
        ) from err
    match known:
        case EngineName.POCKETSPHINX:
            return PocketsphinxEngine()
        case EngineName.SCRIPTED:
            return ScriptedEngine()
