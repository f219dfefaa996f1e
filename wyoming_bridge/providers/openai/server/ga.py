"""OpenAI's side of a session, as the local realtime server runs it."""

import secrets
from collections import deque
from dataclasses import dataclass
from typing import Final

from ....audio import PCM_16K_MONO, Converter
from ....endpointing import Segmenter, SpeechEnded, SpeechStarted, VoiceDetector, new_detector
from ....errors import DependencyError, ProtocolViolationError
from ....events import FinalText, PartialText
from ....json_text import compact
from ...reports import ErrorReport
from ...serving import EndSegment, Feed, Flush
from ..client_messages import Append, ClientMessage, Commit, SessionUpdate
from ..messages import Committed, ErrorMessage, session_json, speech_json
from ..protocol import EventType, pcm
from ..transcripts import Completed, Delta
from .config import SessionConfig, TurnDetection, described, read_config
from .deltas import Deltas
from .session import OpenAISession, SessionSetup
from .tokens import tokens_of

__all__ = ["OpenAIServer"]

_MIN_SPEECH_MS: Final = 100
"""Minimum length of speech, and minimum length of a pause. OpenAI documents no values."""


@dataclass(slots=True, kw_only=True)
class _Item:
    """Audio whose text is sent, or dropped, when the engine has recognised it."""

    item_id: str
    deltas: Deltas
    begins_ms: float
    ends_ms: float = 0.0
    is_dropped: bool = False
    """Whether the client has cleared the audio."""


class OpenAIServer(OpenAISession):
    """Sans-I/O server of one session."""

    def __init__(self, setup: SessionSetup, config: SessionConfig | None = None) -> None:
        """Create a session with the configuration of a client secret, or with the defaults."""
        super().__init__(setup)
        self._id = f"sess_{secrets.token_hex(12)}"
        self._pcm = pcm(setup.behaviour.rate_hz)
        self._config = config or SessionConfig(audio_format=self._pcm)
        self._converter = Converter(source=self._config.audio_format, target=PCM_16K_MONO)
        self._sent_ms = 0.0  # how much audio the client has sent
        self._heard_ms = 0.0  # how much of that audio the engine has received
        self._item = self._new_item()  # the audio that is not committed
        self._requested: deque[_Item] = deque()
        self._previous: str | None = None
        self._detector: VoiceDetector | None = None
        self._segmenter: Segmenter | None = None
        self.bias_terms = self._config.keywords
        self._detect(self._config.turn_detection)

    def open(self, *, now: float) -> None:
        """Send ``session.created``."""
        session = described(self._config, session_id=self._id)
        self.write(session_json(EventType.SESSION_CREATED, session, event_id=_event_id()))

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Report speech and commit at a pause, if the client has requested turn detection."""
        super().hear(pcm, now=now)
        self._heard_ms += PCM_16K_MONO.duration_ms(len(pcm))
        if self._detector is None or self._segmenter is None or self.is_ending:
            return
        for event in self._segmenter.feed(self._detector.feed(pcm)):
            kind = EventType.SPEECH_STARTED
            if isinstance(event, SpeechEnded):
                kind = EventType.SPEECH_STOPPED
            item_id = self._item.item_id
            self.write(speech_json(kind, item_id=item_id, at_ms=event.at_ms, event_id=_event_id()))
            if not isinstance(event, SpeechStarted):
                self._request(self._heard_ms)
                self.command(EndSegment())

    def report(self, result: PartialText | FinalText) -> None:
        """Send a text. A final text completes the oldest item that was committed."""
        if self.close:
            return
        item = self._requested[0] if self._requested else self._item
        if isinstance(result, PartialText):
            self._send_delta(item, item.deltas.partial(result.text))
            return
        if self._requested:
            self._requested.popleft()
        self._send_delta(item, item.deltas.complete(result.text))
        if not item.is_dropped:
            self.write(self._completed(item, result).to_json(event_id=_event_id()))
        self.final_sent()

    def _take(self, message: ClientMessage, *, now: float) -> None:
        match message:
            case SessionUpdate() as update:
                self._configure(update)
            case Append(audio=audio):
                self._sent_ms += self._config.audio_format.duration_ms(len(audio))
                self._feed(self._converter.convert(audio))
            case Commit() as commit:
                self._commit(commit)
            case _:
                self._drop()
                cleared = {"type": "input_audio_buffer.cleared", "event_id": _event_id()}
                self.write(compact(cleared))

    def _configure(self, update: SessionUpdate) -> None:
        before = self._config
        config = read_config(update.session, before=before, pcm=self._pcm)
        if config.audio_format != before.audio_format:
            self._feed(self._converter.flush())
            self._converter = Converter(source=config.audio_format, target=PCM_16K_MONO)
        if config.turn_detection != before.turn_detection:
            self._detect(config.turn_detection)
        self._config = config
        self.bias_terms = config.keywords
        session = described(config, session_id=self._id)
        self.write(session_json(EventType.SESSION_UPDATED, session, event_id=_event_id()))

    def _detect(self, detection: TurnDetection | None) -> None:
        """Start or stop detecting the ends of segments.

        Raises:
            ProtocolViolationError: The library that detects speech is not installed.
        """
        self._detector = self._segmenter = None
        if detection is None:
            return
        try:
            self._detector = new_detector(speech_threshold=detection.threshold)
        except DependencyError as err:
            raise ProtocolViolationError(err.message) from err
        self._segmenter = Segmenter(
            speech_threshold=detection.threshold,
            min_speech_ms=_MIN_SPEECH_MS,
            min_silence_ms=_MIN_SPEECH_MS,
            silence_ms=detection.silence_ms,
        )

    def _commit(self, commit: Commit) -> None:
        uncommitted_ms = self._sent_ms - self._item.begins_ms
        least_ms = self._behaviour.min_commit_ms
        if uncommitted_ms < least_ms or not uncommitted_ms:
            message = (
                f"Error committing input audio buffer: buffer too small. Expected at least "
                f"{least_ms}ms of audio, but buffer only has {uncommitted_ms:.2f}ms of audio."
            )
            report = ErrorReport(code="input_audio_buffer_commit_empty", message=message)
            self.write(self._error(_refusal(report, event_id=commit.event_id)))
            return
        self._request(self._sent_ms)
        self._feed(self._converter.flush())
        self.command(Flush())

    def _drop(self) -> None:
        """Drop the text of the audio that is not committed. The engine already has the audio."""
        if self._sent_ms > self._item.begins_ms:
            self._item.is_dropped = True
            self._request(self._sent_ms)
            self._feed(self._converter.flush())
            self.command(EndSegment())

    def _request(self, until_ms: float) -> None:
        """Turn the audio until ``until_ms`` into an item, and begin the next item.

        The engine's final texts belong to the items in the order in which the items were made. A
        ``Committed`` message announces the item, unless the client has cleared its audio.
        """
        item = self._item
        item.ends_ms = until_ms
        self._requested.append(item)
        if not item.is_dropped:
            committed = Committed(item_id=item.item_id, previous_item_id=self._previous)
            self.write(committed.to_json(event_id=_event_id()))
            self._previous = item.item_id
        self._item = self._new_item(begins_ms=until_ms)

    def _new_item(self, *, begins_ms: float = 0.0) -> _Item:
        deltas = Deltas(agreeing=self._behaviour.agreeing_partials)
        item_id = f"item_{secrets.token_hex(12)}"
        return _Item(item_id=item_id, deltas=deltas, begins_ms=begins_ms)

    def _feed(self, pcm: bytes) -> None:
        if pcm:
            self.command(Feed(audio=pcm))

    def _send_delta(self, item: _Item, text: str) -> None:
        if text and not item.is_dropped:
            delta = Delta(text=text, item_id=item.item_id)
            self.write(delta.to_json(event_id=_event_id()))

    def _completed(self, item: _Item, final: FinalText) -> Completed:
        language = final.language or self._setup.language
        return Completed(
            item_id=item.item_id,
            transcript=final.text,
            languages=(language,) if final.text else (),
            tokens=tokens_of([final]) if self._config.logprobs else (),
            seconds=round((item.ends_ms - item.begins_ms) / 1000, 3),
        )

    def _error(self, error: ErrorMessage) -> str:
        return error.to_json(event_id=_event_id())

    def _invalid(self, problem: str, *, event_id: str | None = None) -> ErrorMessage:
        return _refusal(ErrorReport(code="invalid_value", message=problem), event_id=event_id)


def _refusal(report: ErrorReport, *, event_id: str | None) -> ErrorMessage:
    return ErrorMessage(report=report, kind="invalid_request_error", event_id=event_id)


def _event_id() -> str:
    return f"event_{secrets.token_hex(12)}"
