"""Creates the recorder and the store of a configuration, and lists the secrets for exports.

An export must not contain these secrets.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config, LocalBackend
from .state_folder import default_folder

if TYPE_CHECKING:  # loaded only if utterances are recorded
    from ..recorder import Recorder, Recording, Store

__all__ = ["new_recorder", "new_store", "secrets_of"]


def new_recorder(
    config: Config, *, on_recorded: "Callable[[Recording], None]" = lambda _: None
) -> "Recorder | None":
    """Return the recorder without starting it, or None if the configuration has no recorder.

    ``on_recorded`` is called after a recording was written.

    Raises:
        StateError: No folder is configured, and there is no default folder.
    """
    if config.recorder is None:
        return None
    from ..recorder import Recorder

    return Recorder(new_store(config), on_recorded=on_recorded)


def new_store(config: Config) -> "Store":
    """Return the store of a configuration, with default settings if it has no recorder.

    Raises:
        StateError: No folder is configured, and there is no default folder.
    """
    from ..recorder import RecorderSettings, Store

    settings = config.recorder or RecorderSettings()
    folder = (
        Path(settings.folder)
        if settings.folder
        else (config.state or default_folder()) / "recordings"
    )
    return Store.limited(folder, settings)


def secrets_of(config: Config) -> Iterator[str]:
    """Yield the secrets of a configuration, which an export must not contain."""
    for profile in config.profiles:
        if not isinstance(profile.backend, LocalBackend) and profile.backend.token:
            yield profile.backend.token
    if config.access.token:
        yield config.access.token
    if config.home_assistant:
        yield config.home_assistant.token
    if config.supervisor:
        yield config.supervisor.token
    if config.usage:
        yield config.usage.url
        if config.usage.password:
            yield config.usage.password
