"""The audio of one client: its format, how late it may be, and when it waits for the service."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping

from ..audio import AudioFormat
from ..errors import AudioFormatError, LocalError
from ..reading_time import ReadingTimer
from ..transcriber import Utterance
from .audio_deadline import AudioDeadline
from .request import audio_format_of
from .wire import WireEvent

__all__ = ["ClientAudio"]


class ClientAudio:
    """Passes the audio of a client to its utterance. The client has one utterance at a time."""

    def __init__(
        self,
        *,
        on_missing: Callable[[], None],
        on_late: Callable[[LocalError], None],
        on_ready: Callable[[], None],
        start_task: Callable[[Coroutine[None, None, None], str], asyncio.Task[None]],
    ) -> None:
        """Create the audio of a client that has sent none.

        ``on_missing`` is called if an utterance begins and gets no audio in time, and ``on_late``
        with the error if audio that it still takes is too late. ``on_ready`` is called when the
        service takes audio again. ``start_task`` starts a task that the caller owns.
        """
        self.utterance: Utterance | None = None
        """The utterance that gets the audio; None until there is audio."""
        self._on_missing = on_missing
        self._on_late = on_late
        self._on_ready = on_ready
        self._start_task = start_task
        self._loop = asyncio.get_running_loop()
        self._format: AudioFormat | None = None
        self._format_data: Mapping[str, object] = {}
        self._deadline: AudioDeadline | None = None
        self._began_at = 0.0  # when the utterance began
        self._no_audio: ReadingTimer | None = None  # limits the wait for the first audio
        self._draining: asyncio.Task[None] | None = None

    def begin(self, *, audio_timeout_s: float) -> None:
        """Begin an utterance, and limit the wait for its first audio."""
        if self._no_audio is None:
            self._began_at = self._loop.time()
            self._no_audio = ReadingTimer(audio_timeout_s, self._time_out)

    def format_of(self, chunk: WireEvent) -> AudioFormat:
        """Return a chunk's format. The decoder returns the same object for the same data.

        Raises:
            WireError: A field is missing or not a whole number.
            AudioFormatError: The format is not supported, or differs from that of the utterance.
        """
        if self._format is None or chunk.data is not self._format_data:
            source = audio_format_of(chunk)
            if self.utterance and source != self._format:
                raise AudioFormatError("the audio's format must not change within an utterance")
            self._format, self._format_data = source, chunk.data
        return self._format

    def listen(self, utterance: Utterance, source: AudioFormat, *, audio_timeout_s: float) -> None:
        """Pass the audio to an utterance from now on. ``source`` is its format."""
        self.cancel_begin()
        self.utterance = utterance
        self._deadline = AudioDeadline(
            source, audio_timeout_s=audio_timeout_s, fail=self._audio_is_late
        )

    def feed(self, chunk: WireEvent) -> None:
        """Pass the audio of a chunk to the utterance.

        Raises:
            WireError: A field is missing or not a whole number.
            AudioFormatError: The format is not supported, or differs from that of the utterance.
        """
        if chunk.data is not self._format_data:
            self.format_of(chunk)
        payload = chunk.payload
        if payload and self.utterance and self._deadline:
            self._deadline.add(len(payload))
            self.utterance.feed(payload)

    def behind_s(self, *, now: float) -> float:
        """Return how many seconds the audio is behind the pace of speech."""
        return self._deadline.behind_s(now=now) if self._deadline else now - self._began_at

    def must_drain(self) -> bool:
        """Return whether the client has to wait for the service. If so, begin to wait."""
        if self.utterance is None or not self.utterance.congested:
            return False
        if self._draining is None or self._draining.done():
            self._draining = self._start_task(self._drain(self.utterance, self._deadline), "drain")
        return True

    def cancel_begin(self) -> None:
        """Stop waiting for the first audio."""
        if self._no_audio:
            self._no_audio.cancel()
            self._no_audio = None

    def end(self) -> None:
        """Note that the audio has ended, so it cannot be late."""
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def forget(self) -> None:
        """Forget the utterance, because it has its answer or is given up."""
        self.end()
        self.utterance = None

    def _audio_is_late(self, error: LocalError) -> None:
        # An utterance that has ended by itself may wait for a slow service, and ignores audio.
        if self.utterance and self.utterance.takes_audio:
            self._on_late(error)

    def _time_out(self) -> None:
        self._no_audio = None
        self._on_missing()

    async def _drain(self, utterance: Utterance, deadline: AudioDeadline | None) -> None:
        if deadline:
            deadline.pause()
        await utterance.drain()
        if deadline:
            deadline.resume()
        self._draining = None
        self._on_ready()
