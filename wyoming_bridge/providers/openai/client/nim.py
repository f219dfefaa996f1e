"""NVIDIA's NIM and Riva: streaming recognition with word times, probabilities and speakers.

The facts are from NVIDIA's client library, version 2.28.0. This dialect was not tried with a
server:

- Each append is followed by a commit.
- ``force_eou`` in an append ends a segment. It is not known whether the server answers if nothing
  was said.
- Whether a delta is the next piece of text or the whole text so far is not documented.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ....audio import PCM_16K_MONO
from ....capabilities import Capabilities
from ....errors import ServiceError, ServiceRequestError
from ....events import FinalText, FlushDone, PartialText, Word
from ....options import shown
from ...audio_clock import AudioClock
from .. import messages as wire
from .. import transcripts
from ..client_messages import (
    NO_MORE_AUDIO,
    Commit,
    RequestType,
    SessionUpdate,
    append_json,
)
from ..messages import Greeting
from ..service import CAPABILITIES
from ..settings import OpenAISettings
from .dialect import Session, error_of

__all__ = ["NimDialect", "nim_capabilities"]

_COMMIT: Final = Commit()

_FORCING_MS: Final = 100
"""Length of the silence that is sent with ``force_eou``. NVIDIA's client sends chunks of about this
length. Whether an append without audio works is not known."""

_NO_PAUSE_MS: Final = 10_000
"""Silence after which the server ends a segment itself, if ``commit_strategy`` is ``manual``. The
bridge ends the utterance long before that, so each text answers a request of the bridge."""

_BOOST: Final = 20.0
"""The smallest boost that NVIDIA's guide to word boosting suggests."""

_NOTHING_AFTER_S: Final = 1.5
"""How long to wait for the answer to a flush if the server has recognised no words: several times
the delay that NVIDIA documents for a streamed word."""


class NimDialect:
    """Streaming recognition. Audio is 16 kHz."""

    def __init__(self, session: Session, settings: OpenAISettings, greeting: Greeting) -> None:
        self._session = session
        self._settings = settings
        self._session_id = greeting.session_id
        self._clock = AudioClock()
        self._is_configured = False
        self._is_finishing = False
        self._has_new_audio = False
        self._text = ""
        self._flush_ids: deque[str] = deque()
        self._quiet_since = 0.0
        self.waiting_bytes = 0

    @property
    def owes_answer(self) -> bool:
        """Whether a final text that was requested has not arrived yet."""
        return bool(self._flush_ids) or self._is_finishing

    def configure(self, *, now: float) -> None:
        """Send the configuration. The server answers with ``transcription_session.updated``."""
        update = SessionUpdate(session=self._configuration())
        self._session.write(update.to_json(RequestType.TRANSCRIPTION_SESSION_UPDATE))

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio and a commit."""
        self._has_new_audio = True
        self._clock.send(PCM_16K_MONO.duration_ms(len(pcm)))
        self._write(pcm)

    def flush(self, flush_id: str, *, now: float) -> None:
        """End the segment with ``_FORCING_MS`` of silence. Without new audio, send nothing."""
        if not self._has_new_audio:
            if self._flush_ids:
                self._flush_ids.append(flush_id)
            else:
                self._session.report(FlushDone(flush_id=flush_id))
            return
        self._has_new_audio = False
        self._clock.add_silence(_FORCING_MS)
        self._write(bytes(PCM_16K_MONO.bytes_of(_FORCING_MS)), force_eou=True)
        self._flush_ids.append(flush_id)
        self._quiet_since = now

    def finish(self, *, now: float) -> None:
        """Send the end of the audio. The last text has ``is_last_result``."""
        self._is_finishing = True
        self._session.write(NO_MORE_AUDIO)

    def receive(self, message: wire.ServerMessage, *, now: float) -> None:
        """Handle a message of the server."""
        self._quiet_since = now
        match message:
            case wire.Configured() if not self._is_configured:
                self._is_configured = True
                self._session.ready(now=now, session_id=self._session_id)
            case transcripts.Delta(text=text):
                self._text = _continued(self._text, text)
                self._session.report(PartialText(text=self._text.strip()))
            case transcripts.Completed() as completed:
                self._take_text(completed)
            case wire.ErrorMessage() as error:
                kind = ServiceError if self._is_configured else ServiceRequestError
                self._session.fail(error_of(self._with_hint(error), otherwise=kind))
            case wire.ItemFailed() as failed:
                self._session.fail(error_of(failed))
            case _:
                pass

    def next_timeout(self) -> float | None:
        """Return when the open flushes count as done although no words have arrived; else None."""
        if self._flush_ids and not self._text and not self._is_finishing:
            return self._quiet_since + _NOTHING_AFTER_S
        return None

    def handle_timeout(self, *, now: float) -> None:
        """Report the open flushes as done, if no words have arrived for ``_NOTHING_AFTER_S``."""
        due = self.next_timeout()
        if due is not None and now >= due:
            self._flushes_done()

    def _take_text(self, completed: transcripts.Completed) -> None:
        """Report the text of a segment. It completes the oldest flush."""
        text, self._text = completed.transcript.strip(), ""
        if text or not completed.is_last:
            words = tuple(self._word(each) for each in completed.words)
            self._session.report(
                FinalText(
                    text=text,
                    words=words,
                    start_ms=words[0].start_ms if words else None,
                    end_ms=words[-1].end_ms if words else None,
                    is_new=self.owes_answer,
                )
            )
        if completed.is_last and self._is_finishing:
            self._flushes_done()
            self._session.finished()
        elif self._flush_ids:
            self._session.report(FlushDone(flush_id=self._flush_ids.popleft()))

    def _flushes_done(self) -> None:
        flush_ids, self._flush_ids = self._flush_ids, deque()
        for flush_id in flush_ids:
            self._session.report(FlushDone(flush_id=flush_id))

    def _word(self, word: transcripts.TimedWord) -> Word:
        start_ms, end_ms, confidence = word.start_ms, word.end_ms, word.confidence
        return Word(
            text=word.text.strip(),
            start_ms=None if start_ms is None else self._clock.without_added(start_ms),
            end_ms=None if end_ms is None else self._clock.without_added(end_ms),
            confidence=None if confidence is None else min(max(confidence, 0.0), 1.0),
            speaker=word.speaker,
        )

    def _with_hint(self, error: wire.ErrorMessage) -> wire.ErrorMessage:
        """Add advice to an error about the language, if the language has no region."""
        language, message = self._settings.language, error.report.message
        if not language or language != self._settings.base_language:
            return error
        if "language" not in message.lower():
            return error
        hint = f"NIM needs a language with its region, such as en-US, got {shown(language)}"
        return replace(error, report=replace(error.report, message=f"{message}; {hint}"))

    def _write(self, pcm: bytes, *, force_eou: bool = False) -> None:
        self._session.write(append_json(pcm, force_eou=force_eou))
        self._session.write(_COMMIT.to_json())

    def _configuration(self) -> Mapping[str, object]:
        settings = self._settings
        language = settings.language.replace("_", "-") if settings.language else None
        transcription = {"language": language, "model": settings.model, "prompt": settings.prompt}
        silence_ms = settings.vad_silence_ms if settings.ends_turns else _NO_PAUSE_MS
        session: dict[str, object] = {
            "input_audio_format": "pcm16",
            "input_audio_transcription": {
                name: value for name, value in transcription.items() if value is not None
            },
            "input_audio_params": {
                "sample_rate_hz": PCM_16K_MONO.sample_rate_hz,
                "num_channels": PCM_16K_MONO.channels,
            },
            "recognition_config": {
                "enable_word_time_offsets": True,
                "enable_automatic_punctuation": True,
                "max_alternatives": 1,
            },
            "endpointing_config": {"stop_history": silence_ms, "stop_history_eou": silence_ms},
        }
        if settings.keywords:
            boost = _BOOST if settings.bias_strength is None else settings.bias_strength
            phrases = {"phrases": list(settings.keywords), "boost": boost}
            session["word_boosting"] = {
                "enable_word_boosting": True,
                "word_boosting_list": [phrases],
            }
        return session


def _continued(text: str, delta: str) -> str:
    """Return the text including ``delta``, which is new text or the whole text so far."""
    known = text.casefold().split()
    begins_anew = bool(known) and delta.casefold().split()[:1] == known[:1]
    return delta if begins_anew else text + delta


def nim_capabilities(settings: OpenAISettings) -> Capabilities:
    """Return what a session can do with these settings."""
    return replace(
        CAPABILITIES,
        flush=not settings.ends_turns,
        flush_ids=False,
        word_times=True,
        speakers=True,
        min_flush_ms=0,
    )
