"""A table of the speech recognisers that the local realtime server can run.

The module of an engine is imported only when the engine is created.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ...errors import ConfigError
from ..engine import Engine

__all__ = ["ENGINES", "EngineRow", "create_engine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRow:
    """The properties of an engine that are known before it is created."""

    name: str
    """The name in ``serve --engine`` and in the configuration."""
    title: str
    """The engine's name as its authors write it."""
    summary: str
    """What the engine does, as the rest of a sentence that begins with the engine's name."""
    languages: tuple[str, ...]
    """The languages that the engine recognises, ISO 639-1."""
    create: Callable[[float], Engine]
    """Creates the engine without starting it. The argument is the delay of finals in seconds."""
    can_delay_finals: bool = False
    """Whether ``final_delay_ms`` can be set. If not, the argument of ``create`` is 0."""


def _pocketsphinx(_final_delay_s: float) -> Engine:
    from .pocketsphinx.engine import PocketsphinxEngine

    return PocketsphinxEngine()


def _moonshine(_final_delay_s: float) -> Engine:
    from .moonshine.engine import MoonshineEngine

    return MoonshineEngine()


def _scripted(final_delay_s: float) -> Engine:
    from .scripted import ScriptedEngine

    return ScriptedEngine(flush_delay_s=final_delay_s)


_ROWS: Final = (
    EngineRow(
        name="moonshine",
        title="Moonshine",
        summary="recognises English speech offline, and better than PocketSphinx",
        languages=("en",),
        create=_moonshine,
    ),
    EngineRow(
        name="pocketsphinx",
        title="PocketSphinx",
        summary="recognises English speech offline",
        languages=("en",),
        create=_pocketsphinx,
    ),
    EngineRow(
        name="scripted",
        title="Scripted",
        summary="makes up words from the bytes of the audio, for tests",
        languages=("en",),
        create=_scripted,
        can_delay_finals=True,
    ),
)

ENGINES: Final = {row.name: row for row in _ROWS}
"""All engines by name. The first is the default."""


def create_engine(name: str, *, final_delay_s: float = 0) -> Engine:
    """Create the engine with this name, without starting it.

    Raises:
        ConfigError: No engine has that name, or its finals cannot be delayed.
    """
    row = ENGINES.get(name)
    if row is None:
        raise ConfigError(f"no engine named {name!r}; available: {', '.join(ENGINES)}")
    if final_delay_s and not row.can_delay_finals:
        able = ", ".join(each.name for each in ENGINES.values() if each.can_delay_finals)
        raise ConfigError(
            f"final_delay_ms: the engine {name} does not support it; engines that do: {able}"
        )
    return row.create(final_delay_s)
