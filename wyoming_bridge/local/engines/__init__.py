"""The recognisers that can stand behind the local realtime server."""

from enum import StrEnum

from ...errors import ConfigError
from ..engine import Engine
from .pocketsphinx import PocketsphinxEngine
from .scripted import ScriptedEngine, Words, scripted_words

__all__ = [
    "EngineName",
    "PocketsphinxEngine",
    "ScriptedEngine",
    "Words",
    "create_engine",
    "scripted_words",
]


class EngineName(StrEnum):
    """What ``serve --engine`` takes."""

    POCKETSPHINX = "pocketsphinx"
    """Recognises English speech offline."""
    SCRIPTED = "scripted"
    """Makes up words from the audio's bytes; for tests and benchmarks."""


def create_engine(name: str, *, final_delay_s: float = 0) -> Engine:
    """Make the engine of that name, not started; the scripted one can take time for finals.

    Raises:
        ConfigError: There is no such engine, or it takes its own time.
    """
    try:
        known = EngineName(name)
    except ValueError as err:
        raise ConfigError(
            f"there is no engine {name!r}; the engines are {', '.join(EngineName)}"
        ) from err
    match known:
        case EngineName.POCKETSPHINX:
            if final_delay_s:
                raise ConfigError("final_delay_ms: goes with the engine scripted only")
            return PocketsphinxEngine()
        case EngineName.SCRIPTED:
            return ScriptedEngine(flush_delay_s=final_delay_s)
