"""Records what people say to an entity, while its switch is on.

An entity of a remote bridge has no recorder in Home Assistant, because the bridge has its own. The
recordings of an entity are in a folder of Home Assistant's cache, which is not part of backups.
"""

import asyncio
import shutil
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant

from .bridge import BridgeError, Observe, Recorder, RecorderSettings, StateError, Store
from .const import DOMAIN, LOGGER

LIMITS: Final = RecorderSettings()
"""How many recordings of an entity are kept, and for how long."""

TIDY_INTERVAL: Final = timedelta(hours=1)
"""How often recordings that are too old are deleted, even if there are no new recordings."""

_MARK: Final = "is-on"
"""The name of a file in the folder of an entity. The file exists while the recorder is on.

Home Assistant stores the states of switches only every 15 minutes. After a power failure, a switch
that the user had turned off could be on again. This file is created or deleted as soon as the
recorder is turned on or off.
"""


class EntityRecorder:
    """The recorder of one entity, which can be turned on and off, and its recordings."""

    def __init__(
        self, hass: HomeAssistant, subentry_id: str, *, on_change: Callable[[], None]
    ) -> None:
        """Create a recorder that is off. It calls ``on_change`` when it turns on, off, or fails."""
        self.store = store_of(hass, subentry_id)
        self.failure: BridgeError | None = None
        """Why the recorder has turned itself off; None if it has not."""
        self._hass = hass
        self._on_change = on_change
        self._recorder: Recorder | None = None
        self._changing = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        """Whether an utterance that begins now is recorded."""
        return self._recorder is not None

    @property
    def observe(self) -> Observe | None:
        """The function that records an utterance; None if the recorder is off."""
        recorder = self._recorder
        return None if recorder is None else lambda about: [recorder.trace(about)]

    async def async_restore(self) -> None:
        """Turn the recorder on if it was on before a restart or a reload."""
        if await self._hass.async_add_executor_job(self._mark.exists):
            try:
                await self.async_turn_on()
            except BridgeError as error:
                LOGGER.error("%s; nothing is recorded", error)
                self._failed(error)

    async def async_turn_on(self) -> None:
        """Record the utterances that begin from now on, also after a restart.

        Raises:
            BridgeError: The folder cannot be used.
        """
        async with self._changing:
            if self._recorder:
                return
            recorder = Recorder(self.store, on_failed=self._failed)
            await recorder.start()
            try:
                await self._hass.async_add_executor_job(_touch, self._mark)
            except StateError:
                await recorder.stop()
                raise
            self._recorder, self.failure = recorder, None
        self._on_change()

    async def async_turn_off(self) -> None:
        """Stop recording, even if an utterance has begun. Keep the recordings.

        Raises:
            StateError: The recorder is off now, but will be on again after a restart.
        """
        async with self._changing:
            await self._async_stop()
            await self._hass.async_add_executor_job(_remove, self._mark)

    async def async_stop(self) -> None:
        """Stop recording until ``async_restore``, and wait until everything is written."""
        async with self._changing:
            await self._async_stop()

    async def async_written(self) -> None:
        """Wait until the utterances that have ended are written."""
        if self._recorder:
            await self._recorder.written()

    async def async_delete_all(self) -> int:
        """Delete all recordings, and return how many there were.

        Raises:
            StateError: A recording cannot be deleted.
        """
        await self.async_written()
        return await self._hass.async_add_executor_job(delete_all, self.store)

    async def _async_stop(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder:
            await recorder.stop()
            self._on_change()

    @property
    def _mark(self) -> Path:
        return self.store.folder / _MARK

    def _failed(self, error: BridgeError) -> None:
        """Turn the recorder off, because it cannot write recordings."""
        self._recorder, self.failure = None, error
        self._hass.async_create_task(self._async_forget())
        self._on_change()

    async def _async_forget(self) -> None:
        """Delete the mark file, so that the recorder stays off after a restart."""
        async with self._changing:
            if self._recorder:
                return  # the recorder was turned on again meanwhile
            try:
                await self._hass.async_add_executor_job(_remove, self._mark)
            except StateError as error:
                LOGGER.error("%s; the recorder is on again after a restart", error)


def store_of(hass: HomeAssistant, subentry_id: str) -> Store:
    """Return the recordings of an entity. Their folder may not exist yet."""
    return Store.limited(_folder(hass) / subentry_id, LIMITS)


async def async_tidy(hass: HomeAssistant) -> None:
    """Delete the recordings of removed entities, and those that are too old."""
    known = {
        subentry_id
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry_id in entry.subentries
    }
    try:
        await hass.async_add_executor_job(_tidy, _folder(hass), known)
    except (OSError, StateError) as error:
        LOGGER.warning("old recordings cannot be deleted: %s", error)


def _folder(hass: HomeAssistant) -> Path:
    return Path(hass.config.cache_path(DOMAIN, "recordings"))


def _tidy(folder: Path, known: Collection[str]) -> None:
    entities: Iterable[Path] = folder.iterdir() if folder.is_dir() else ()
    for each in list(entities):
        if each.name in known:
            Store.limited(each, LIMITS).prune()
        else:
            shutil.rmtree(each)


def delete_all(store: Store) -> int:
    """Delete all recordings of an entity, and return how many there were. This blocks.

    Raises:
        StateError: A recording cannot be deleted.
    """
    kept = store.kept()
    store.delete(kept)
    return len(kept)


def _touch(path: Path) -> None:
    try:
        path.touch()
    except OSError as err:
        raise StateError.of(err, str(path), setting="recorder") from err


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return  # a file has the place of the folder, so `path` does not exist
    except OSError as err:
        raise StateError.of(err, str(path), setting="recorder") from err
