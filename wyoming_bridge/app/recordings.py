"""Where the recordings of a configuration are."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from ..config import Config
from ..recorder import Recorder, RecorderSettings, Store
from .usage_file import default_folder

__all__ = ["new_recorder", "new_store"]

_MB: Final = 1_000_000


def new_recorder(config: Config) -> Recorder | None:
    """Return the recorder of a configuration, not started; None if nothing is recorded.

    Raises:
        StateError: There is no folder for state.
    """
    return Recorder(new_store(config)) if config.recorder else None


def new_store(config: Config) -> Store:
    """Return the store of a configuration, with the default settings if it records nothing.

    Raises:
        StateError: There is no folder for state.
    """
    settings = config.recorder or RecorderSettings()
    folder = (
        Path(settings.folder)
        if settings.folder
        else (config.state or default_folder()) / "recordings"
    )
    return Store(
        folder,
        keep=settings.keep,
        max_bytes=int(settings.max_mb * _MB),
        max_age=timedelta(days=settings.max_days),
    )
