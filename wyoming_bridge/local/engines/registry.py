"""A table of the speech recognisers that the local realtime server can run.

The module of an engine is imported only when the engine is created.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...errors import ConfigError, alternatives

if TYPE_CHECKING:  # loaded only with an engine, because each bridge loads this table
    from ..engine import Engine

__all__ = ["AUTO", "AUTO_ENGINES", "ENGINES", "EngineRow", "create_engine", "engine_named"]

AUTO: Final = "auto"
"""The name that stands for the best engine that is installed."""


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
    """The languages that the engine recognises, ISO 639-1. The user's own model may recognise a
    different one."""
    create: "Callable[[float, Path | None], Engine]"
    """Creates the engine without starting it.

    The arguments are the delay of finals in seconds, and the folder of the model.
    """
    is_installed: Callable[[], bool]
    """Returns whether the engine's libraries and its default model are installed. It loads nothing.
    """
    takes_terms: bool = False
    """Whether the engine favours the terms of a session."""
    can_delay_finals: bool = False
    """Whether ``final_delay_ms`` can be set. If not, ``create`` gets a delay of 0."""
    check_model: Callable[[Path], None] | None = None
    """Raises a `NoModelError` if a folder has no file of a model for the engine, or a `ModelError`
    if some of the files are missing. Reads only the names of the files. None if the user cannot
    name a folder."""
    auto_rank: int | None = None
    """The place in the order in which ``auto`` prefers engines, 1 for the best; None if ``auto``
    never selects the engine."""
    needs_model: bool = False
    """Whether the user has to name the folder of a model, because the engine has none."""

    @property
    def takes_model(self) -> bool:
        """Whether the user can name the folder of a model."""
        return self.check_model is not None

    def languages_with(self, model: Path | None) -> tuple[str, ...]:
        """Return the languages that the engine recognises with the model in a folder.

        Raises:
            ConfigError: The folder's ``language.txt`` does not contain a language code.
        """
        if model is None or not self.takes_model:
            return self.languages
        from ..models import language_of

        language = language_of(model)
        return (language,) if language else self.languages


def _has_libraries(*names: str) -> bool:
    return all(importlib.util.find_spec(name) is not None for name in names)


def _has_moonshine() -> bool:
    from ..models import has_model

    return _has_libraries("onnxruntime", "numpy") and has_model("moonshine-tiny-en")


def _moonshine(_final_delay_s: float, model: Path | None) -> "Engine":
    from .moonshine.engine import MoonshineEngine

    return MoonshineEngine(model=model)


def _check_moonshine(folder: Path) -> None:
    from .moonshine.files import find_files

    find_files(folder)


def _pocketsphinx(_final_delay_s: float, _model: Path | None) -> "Engine":
    from .pocketsphinx.engine import PocketsphinxEngine

    return PocketsphinxEngine()


def _sherpa(_final_delay_s: float, model: Path | None) -> "Engine":
    from .sherpa.engine import SherpaEngine

    if model is None:
        raise ConfigError("model: the engine sherpa needs the folder of a model")
    return SherpaEngine(model=model)


def _check_sherpa(folder: Path) -> None:
    from .sherpa.files import find_files

    find_files(folder)


def _scripted(final_delay_s: float, _model: Path | None) -> "Engine":
    from .scripted import ScriptedEngine

    return ScriptedEngine(flush_delay_s=final_delay_s)


_ROWS: Final = (
    EngineRow(
        name="moonshine",
        title="Moonshine",
        summary="recognises English speech offline, better than PocketSphinx, and other languages "
        "with your own model",
        languages=("en",),
        create=_moonshine,
        is_installed=_has_moonshine,
        auto_rank=1,
        check_model=_check_moonshine,
    ),
    EngineRow(
        name="pocketsphinx",
        title="PocketSphinx",
        summary="recognises English speech offline",
        languages=("en",),
        create=_pocketsphinx,
        is_installed=lambda: _has_libraries("pocketsphinx"),
        takes_terms=True,
        auto_rank=2,
    ),
    EngineRow(
        name="sherpa",
        title="sherpa-onnx",
        summary="recognises speech offline with your own streaming model",
        languages=("en",),
        create=_sherpa,
        is_installed=lambda: _has_libraries("sherpa_onnx"),
        check_model=_check_sherpa,
        needs_model=True,
    ),
    EngineRow(
        name="scripted",
        title="Scripted",
        summary="makes up words from the bytes of the audio, for tests",
        languages=("en",),
        create=_scripted,
        is_installed=lambda: True,
        takes_terms=True,
        can_delay_finals=True,
    ),
)

ENGINES: Final = {row.name: row for row in _ROWS}
"""All engines by name."""

AUTO_ENGINES: Final = sorted(
    (row for row in _ROWS if row.auto_rank), key=lambda row: row.auto_rank or 0
)
"""The engines that ``auto`` may select, the best first."""


def engine_named(name: str, model: Path | None = None) -> EngineRow:
    """Return the row of an engine.

    ``auto`` is the engine that can load the files in the folder ``model``. Without a folder it is
    the best engine that is installed, or the last in the order if none is. The engine may not be
    installed. Then its start fails with an error that says what to install.

    Raises:
        ConfigError: No engine has that name, or no engine can load the files in the folder.
    """
    if name == AUTO:
        if model is not None:
            return _engine_for(model)
        return next((row for row in AUTO_ENGINES if row.is_installed()), AUTO_ENGINES[-1])
    row = ENGINES.get(name)
    if row is None:
        raise ConfigError(f"no engine named {name!r}{alternatives(name, (AUTO, *ENGINES))}")
    return row


def _engine_for(model: Path) -> EngineRow:
    """Return the engine that can load the model in a folder. Only one engine can load it.

    Raises:
        ConfigError: No engine finds its files in the folder, or one of its files is missing.
    """
    from ..models import ModelError, NoModelError

    looked_for = []
    for row in ENGINES.values():
        if row.check_model is None:
            continue
        try:
            row.check_model(model)
        except NoModelError as err:
            looked_for.append(f"{row.name}: {err.looks_for}")
        except ModelError as err:
            raise ConfigError(f"model: {err}") from err
        else:
            return row
    raise ConfigError(f"model: no engine finds its files in {model}. {'. '.join(looked_for)}")


def create_engine(name: str, *, final_delay_s: float = 0, model: Path | None = None) -> "Engine":
    """Create the engine with this name, without starting it. ``model`` is a folder.

    Raises:
        ConfigError: No engine has that name or can load the ``model``, or the engine does not
            support ``final_delay_s`` or ``model``, or it needs a ``model``.
    """
    row = engine_named(name, model)
    if final_delay_s and not row.can_delay_finals:
        able = ", ".join(each.name for each in ENGINES.values() if each.can_delay_finals)
        raise ConfigError(
            f"final_delay_ms: the engine {row.name} does not support it; engines that do: {able}"
        )
    if model and not row.takes_model:
        able = ", ".join(each.name for each in ENGINES.values() if each.takes_model)
        raise ConfigError(
            f"model: the engine {row.name} does not support it; engines that do: {able}"
        )
    return row.create(final_delay_s, model)
