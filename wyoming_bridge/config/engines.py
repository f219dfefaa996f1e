"""The engines of the local realtime server, if this installation has the server.

The release for Home Assistant does not have the server. In that release, a local profile fails when
it starts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..local.engines.registry import EngineRow

__all__ = [
    "DEFAULT_ENGINE",
    "ENGINES",
    "ENGINE_NAMES",
    "ENGINE_SUMMARIES",
    "MODEL_ENGINES",
    "MODEL_NEEDING_ENGINES",
    "languages_of",
    "takes_terms",
    "title_of",
]


def _installed() -> "tuple[Mapping[str, EngineRow], Sequence[EngineRow]]":
    """Return the engines by name, and those that ``auto`` may select, the best first."""
    try:
        from ..local.engines.registry import AUTO_ENGINES
        from ..local.engines.registry import ENGINES as INSTALLED
    except ModuleNotFoundError as err:
        if (err.name or "").endswith(".local"):
            return {}, ()
        raise
    return INSTALLED, AUTO_ENGINES


_INSTALLED: Final = _installed()

ENGINES: Final = _INSTALLED[0]
"""The engines by name, without ``auto``."""

DEFAULT_ENGINE: Final = "auto" if ENGINES else ""
"""The engine of a server or a local profile that does not name an engine."""

ENGINE_NAMES: Final = (DEFAULT_ENGINE, *ENGINES) if ENGINES else ()
"""The names that ``engine`` and ``--engine`` accept."""

_AUTO_SUMMARY: Final = (
    "`auto` is the best one that is installed, "
    f"{' or else '.join(row.title for row in _INSTALLED[1])}; with `model`, it is the one that can "
    "load the files"
)

ENGINE_SUMMARIES: Final = "; ".join(
    (
        _AUTO_SUMMARY,
        *(f"`{row.name}` {row.summary}" for row in ENGINES.values()),
    )
)
"""One text with the name and the summary of each engine."""

MODEL_ENGINES: Final = " and ".join(f"`{row.name}`" for row in ENGINES.values() if row.takes_model)
"""The engines that accept a folder with a model, as a text."""

MODEL_NEEDING_ENGINES: Final = " and ".join(
    f"`{row.name}`" for row in ENGINES.values() if row.needs_model
)
"""The engines that need a folder with a model, as a text."""


def languages_of(engine: str, model: str | None) -> tuple[str, ...]:
    """Return the languages that an engine recognises with a model; () for an unknown engine.

    ``model`` is a folder; None stands for the engine's own model.

    Raises:
        ConfigError: The folder's ``language.txt`` does not contain a language code, or ``auto``
            finds no engine for the files in the folder.
    """
    if engine not in ENGINE_NAMES:
        return ()
    from ..local.engines.registry import engine_named

    folder = Path(model) if model else None
    return engine_named(engine, folder).languages_with(folder)


def takes_terms(engine: str, model: str | None) -> bool:
    """Return whether an engine favours terms; for ``auto``, the engine that it selects.

    Raises:
        ConfigError: ``auto`` finds no engine for the files in the folder ``model``.
    """
    from ..local.engines.registry import engine_named

    return engine_named(engine, Path(model) if model else None).takes_terms


def title_of(engine: str, model: str | None) -> str:
    """Return the title of a known engine; for ``auto``, the title of the engine that it selects.

    Raises:
        ConfigError: ``auto`` finds no engine for the files in the folder ``model``.
    """
    from ..local.engines.registry import engine_named

    return engine_named(engine, Path(model) if model else None).title
