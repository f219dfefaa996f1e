"""The engines of the local realtime server, if this installation has the server.

The release for Home Assistant does not have the server. A local profile fails there when it starts.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..local.engines.registry import EngineRow

__all__ = ["DEFAULT_ENGINE", "ENGINES", "ENGINE_SUMMARIES", "languages_of"]


def _installed() -> "Mapping[str, EngineRow]":
    try:
        from ..local.engines.registry import ENGINES as INSTALLED
    except ModuleNotFoundError as err:
        if (err.name or "").endswith(".local"):
            return {}
        raise
    return INSTALLED


ENGINES: "Final[Mapping[str, EngineRow]]" = _installed()
"""The engines that ``engine`` and ``--engine`` accept, by name."""

DEFAULT_ENGINE: Final = next(iter(ENGINES), "")
"""The engine of a server or a local profile that does not name an engine."""

ENGINE_SUMMARIES: Final = "; ".join(f"`{row.name}` {row.summary}" for row in ENGINES.values())
"""One text with the name and the summary of each engine."""


def languages_of(engine: str) -> tuple[str, ...]:
    """Return the languages that an engine recognises, ISO 639-1; none for an unknown engine."""
    row = ENGINES.get(engine)
    return row.languages if row else ()
