"""Records utterances in the background, and stops if a recording cannot be written.

Threads write the recordings, one at a time. A failure never affects an utterance: a full disk stops
the recorder, but not the bridge.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ..audio import AudioFormat
from ..errors import BridgeError, StateError
from ..json_text import compact
from .flac import load_flac
from .new_utterance import NewUtterance
from .recording import Recording
from .store import Store, TooLargeError
from .trace import Trace
from .trace_event import TraceEvent

__all__ = ["MAX_HOUSE_BYTES", "Recorder"]

_log = logging.getLogger(__name__)

_MAX_WAITING: Final = 8
"""How many utterances may wait to be written. It takes about 50 ms to write one of them."""

MAX_HOUSE_BYTES: Final = 256 * 1024
"""A house (the names of its rooms and devices, and its sentences) is recorded only up to this size,
as JSON. A larger one cannot arrive over Wyoming, because the server refuses an event with more
data. In Home Assistant's process a house can be larger."""

_TIDY_S: Final = 3600.0
"""How often recordings that are too old are deleted, even if nothing new is recorded."""


class Recorder:
    """Writes utterances to one store."""

    def __init__(
        self,
        store: Store,
        *,
        on_recorded: Callable[[Recording], None] = lambda _: None,
        on_failed: Callable[[BridgeError], None] = lambda _: None,
    ) -> None:
        """Create the recorder without starting it.

        Both functions are called in the event loop: ``on_recorded`` after each recording,
        ``on_failed`` once, if the recorder stops because of an error.
        """
        self.store = store
        self.failure: str | None = None
        """Why nothing is recorded any more; None while the recorder works."""
        self._on_recorded = on_recorded
        self._on_failed = on_failed
        self._stopped = False
        self._warned: set[str] = set()  # the reasons that were logged
        self._waiting: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()
        self._tidying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Prepare the folder, and begin to delete old recordings every hour.

        Raises:
            StateError: The folder cannot be used.
            DependencyError: The library for FLAC is not installed.
        """
        await asyncio.to_thread(load_flac)
        await asyncio.to_thread(self.store.open)
        self._tidying = asyncio.create_task(self._tidy(), name="delete old recordings")
        _log.warning("utterances are recorded in %s", self.store.folder)

    async def stop(self) -> None:
        """Stop recording, but wait until all utterances that have ended are written."""
        self._stopped = True
        self._stop_tidying()
        await self.written()

    async def written(self) -> None:
        """Wait until the utterances that have ended are written."""
        if self._waiting:
            await asyncio.wait(self._waiting)

    def trace(
        self,
        about: NewUtterance,
        *,
        on_event: Callable[[TraceEvent], None] = lambda _: None,
        on_audio: Callable[[], None] = lambda: None,
    ) -> Trace:
        """Return a new trace. When its utterance ends, the trace is written as a recording."""
        trace = about.new_trace(
            on_event=on_event, on_audio=on_audio, on_end=lambda: self._record(about, trace)
        )
        return trace

    def _record(self, about: NewUtterance, trace: Trace) -> None:
        if self.failure or self._stopped or not trace.audio:
            return
        if len(self._waiting) >= _MAX_WAITING:
            _log.warning(
                "utterance %s is not recorded, because %d others are not written yet",
                about.utterance_id,
                _MAX_WAITING,
            )
            return
        writing = asyncio.create_task(
            self._write(about.recording(trace), trace), name="write a recording"
        )
        self._waiting.add(writing)
        writing.add_done_callback(self._waiting.discard)

    async def _write(self, recording: Recording, trace: Trace) -> None:
        async with self._writing:
            if self.failure:
                return
            try:
                await asyncio.to_thread(self._add, recording, bytes(trace.audio), trace.source)
            except FileExistsError:
                # A client may choose any id, so an id that exists already must not stop the
                # recorder.
                _log.warning(
                    "utterance %s is not recorded, because another one with this id began in the "
                    "same second",
                    recording.id,
                )
            except TooLargeError:
                self._warn_once(
                    f"utterance {recording.id} is not recorded, because it alone is larger "
                    "than the limit for all recordings together (max_mb)",
                    reason="utterance",
                )
            except OSError as err:
                self._fail(StateError.of(err, str(self.store.folder), setting="recorder"))
            except BridgeError as err:
                self._fail(err)
            except Exception as err:  # noqa: BLE001 - any error is reported, and stops the recorder
                cause = f"{type(err).__name__}: {err}".removesuffix(": ")
                self._fail(StateError(f"recorder: {self.store.folder} cannot be written: {cause}"))
            else:
                self._on_recorded(recording)

    def _add(self, recording: Recording, audio: bytes, source: AudioFormat) -> None:
        """Add a recording to the store, without the client's house if the house is too large."""
        house = recording.house
        if house and (size := len(compact(house.to_data()).encode())) > MAX_HOUSE_BYTES:
            self._warn_once(
                f"utterance {recording.id} is recorded without the house of the client: its names "
                f"have {size} bytes, and {MAX_HOUSE_BYTES} are allowed",
                reason="house",
            )
            recording = replace(recording, house=None)
        self.store.add(recording, audio, source=source)

    def _warn_once(self, text: str, *, reason: str) -> None:
        """Log a text only once per ``reason``, because clients can cause any number of them."""
        if reason not in self._warned:
            self._warned.add(reason)
            _log.warning("%s", text)

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(_TIDY_S)
            try:
                await asyncio.to_thread(self.store.prune)
            except (OSError, BridgeError) as err:
                _log.warning("old recordings cannot be deleted: %s", err)

    def _stop_tidying(self) -> None:
        if self._tidying:
            self._tidying.cancel()

    def _fail(self, error: BridgeError) -> None:
        self.failure = error.message
        self._stop_tidying()
        _log.error("nothing is recorded any more: %s", error)
        self._on_failed(error)
