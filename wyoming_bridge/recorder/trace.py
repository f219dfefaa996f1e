"""Collects what happens in one utterance. A trace is an ``Observer`` of the transcriber.

A trace must not do I/O and must not raise errors. Its memory is limited: it leaves out audio after
``MAX_AUDIO_MS`` or ``MAX_AUDIO_BYTES``, and events after ``MAX_EVENT_BYTES``.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from math import log10
from typing import Final

from ..audio import PCM_16K_MONO, AudioFormat
from ..endpointing import Endpoint, Endpointing, Frame
from ..errors import BridgeError
from ..events import (
    Failed,
    FinalText,
    FlushDone,
    PartialText,
    SessionEvent,
    SessionStarted,
    StateChanged,
    Warned,
)
from ..providers.contract import Message
from ..session import Direction
from ..transcriber import Interpretation, Observer
from ..transcriber.commands import (
    Close,
    Command,
    Fail,
    Finish,
    Flush,
    Interpret,
    Open,
    Resolve,
    Send,
    Update,
)
from .messages import shown_message
from .trace_event import EventKind, TracedFrame, TraceEvent

__all__ = ["MAX_AUDIO_MS", "MAX_EVENT_BYTES", "Trace"]

MAX_AUDIO_MS: Final = 10 * 60 * 1000
"""More than the longest utterance that a profile can allow."""

MAX_AUDIO_BYTES: Final = PCM_16K_MONO.bytes_of(MAX_AUDIO_MS)
"""19 MB. This limit matters for audio formats with far more bytes per second than 16 kHz mono."""

MAX_EVENT_BYTES: Final = 4 << 20
"""4 MB. The messages of an utterance of one minute take about 0.1 MB."""

_EVENT_BYTES: Final = 200
"""The approximate size of an event without its texts."""

_FULL_SCALE: Final = 32768


_ALWAYS_KEPT: Final = frozenset({EventKind.ENDPOINT, EventKind.RESULT, EventKind.ERROR})
"""The kinds of events that are kept although the trace is full. Each occurs at most once."""


class Trace(Observer):
    """Collects what happens in one utterance."""

    wants_details = True

    def __init__(
        self,
        *,
        source: AudioFormat,
        clock: Callable[[], float],
        on_event: Callable[[TraceEvent], None] = lambda _: None,
        on_audio: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        """Create a trace that begins now. ``clock`` returns monotonic seconds.

        ``on_event`` is called with each event, ``on_audio`` after ``audio`` or ``frames`` has
        grown, and ``on_end`` once, after the result or the error.
        """
        self.source = source
        self.audio = bytearray()
        """The audio that is kept, in the format ``source``."""
        self.events: list[TraceEvent] = []
        self.frames: list[TracedFrame] = []
        self.is_over = False
        self._clock = clock
        self._began = clock()
        self._on_event = on_event
        self._on_audio = on_audio
        self._on_end = on_end
        self._audio_bytes = 0
        allowed = min(source.bytes_of(MAX_AUDIO_MS), MAX_AUDIO_BYTES)
        self._max_audio_bytes = allowed - allowed % source.bytes_per_frame
        self._event_bytes = 0

    @property
    def audio_ms(self) -> float:
        """The duration of the audio that has arrived, including audio that is not kept."""
        return self.source.duration_ms(self._audio_bytes)

    # The methods of ``Observer``.

    def endpointing_chosen(self, endpointing: Endpointing) -> None:
        """Keep the settings with which the end of the utterance is found."""
        self._add(EventKind.ENDPOINTING, **asdict(endpointing))

    def audio_received(self, audio: bytes) -> None:
        """Keep audio."""
        self._audio_bytes += len(audio)
        if room := self._max_audio_bytes - len(self.audio):
            self.audio += audio[:room]
            self._on_audio()

    def frames_detected(self, frames: Sequence[Frame]) -> None:
        """Keep the voice detector's frames, as long as the audio is kept."""
        if self._audio_bytes <= self._max_audio_bytes:
            self.frames += [_traced(frame) for frame in frames]
            self._on_audio()

    def commanded(self, command: Command) -> None:
        """Keep a command of the recognition."""
        match command:
            case Open(attempt=attempt, candidate=candidate, begins_at_ms=begins_at_ms):
                self._add(
                    EventKind.SESSION_OPENED,
                    attempt=attempt,
                    profile=candidate.shown_name,
                    provider=candidate.provider,
                    begins_at_ms=begins_at_ms,
                )
            case Flush(attempt=attempt, flush_id=flush_id):
                self._add(EventKind.FLUSH_SENT, attempt=attempt, flush=flush_id)
            case Finish(attempt=attempt):
                self._add(EventKind.AUDIO_FINISHED, attempt=attempt)
            case Close(attempt=attempt):
                self._add(EventKind.SESSION_CLOSED, attempt=attempt)
            case Interpret(text=text):
                self._add(EventKind.INTERPRET, text=text)
            case Update(revision=revision):
                self._add(EventKind.TEXT, text=revision.text, settled=revision.settled)
            case Resolve(result=result):
                self._add(
                    EventKind.RESULT,
                    text=result.text,
                    language=result.language,
                    **result.details(),
                )
                self._end()
            case Fail(error=error):
                self._add(EventKind.ERROR, **_error(error))
                self._end()
            case Send():
                pass  # the messages of the session already show the audio

    def audio_ended(self, endpoint: Endpoint, *, speech_ms: int | None) -> None:
        """Keep the reason why the audio ended, and the end of the speech."""
        self._add(EventKind.ENDPOINT, **endpoint.to_data(), speech_ms=speech_ms)

    def session_reported(self, attempt: int, event: SessionEvent) -> None:
        """Keep an event of a session."""
        match event:
            case StateChanged(state=state):
                self._add(EventKind.SESSION_STATE, attempt=attempt, state=state.value)
            case SessionStarted():
                self._add(EventKind.SESSION_READY, attempt=attempt)
            case PartialText(text=text):
                self._add(EventKind.PARTIAL, attempt=attempt, text=text)
            case FinalText(text=text, words=words):
                found = [asdict(word) | {"kind": word.kind.value} for word in words]
                self._add(EventKind.FINAL, attempt=attempt, text=text, words=found)
            case FlushDone(flush_id=flush_id):
                self._add(EventKind.FLUSH_DONE, attempt=attempt, flush=flush_id)
            case Warned(text=text):
                self._add(EventKind.WARNING, attempt=attempt, text=text)
            case Failed(error=error):
                self._add(EventKind.SESSION_FAILED, attempt=attempt, **_error(error))
            case _:
                pass  # the messages of the session already show all other events

    def session_ended(self, attempt: int, error: Exception | None) -> None:
        """Keep an error that broke a session."""
        if error:
            self._add(EventKind.SESSION_FAILED, attempt=attempt, **_error(error))

    def message_passed(self, attempt: int, direction: Direction, message: Message) -> None:
        """Keep a message without its audio."""
        text, audio_bytes = shown_message(message)
        self._add(
            EventKind.MESSAGE,
            attempt=attempt,
            direction=direction.value,
            text=text,
            audio_bytes=audio_bytes,
        )

    def interpreted(self, text: str, interpretation: Interpretation) -> None:
        """Keep the interpretation of a text."""
        repair = interpretation.repair
        self._add(
            EventKind.INTERPRETED,
            text=text,
            completeness=interpretation.completeness.value,
            repair=repair.text if repair else None,
            reason=repair.reason if repair else None,
        )

    def _add(self, kind: EventKind, **values: object) -> None:
        if self.is_over:
            return
        present = {name: value for name, value in values.items() if value is not None}
        if self._event_bytes > MAX_EVENT_BYTES and kind not in _ALWAYS_KEPT:
            if self.events[-1].kind is EventKind.LEFT_OUT:
                return
            kind, present = EventKind.LEFT_OUT, {}
        self._event_bytes += _EVENT_BYTES + sum(
            len(value) for value in present.values() if isinstance(value, str)
        )
        event = TraceEvent(
            at_ms=(self._clock() - self._began) * 1000,
            audio_ms=self.audio_ms,
            kind=kind,
            values=present,
        )
        self.events.append(event)
        self._on_event(event)

    def _end(self) -> None:
        self.is_over = True
        self._on_end()


def _traced(frame: Frame) -> TracedFrame:
    floor = frame.noise_floor
    return TracedFrame(
        speech=round(100 * frame.speech_probability),
        is_sound=frame.is_sound,
        noise_floor_dbfs=round(20 * log10(floor / _FULL_SCALE)) if floor > 0 else -100,
    )


def _error(error: Exception) -> dict[str, object]:
    if isinstance(error, BridgeError):
        return {"code": error.code, "text": error.with_advice}
    return {"code": "internal_error", "text": type(error).__name__}
