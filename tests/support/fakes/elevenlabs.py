"""A fake of ElevenLabs, from its "Realtime" page and what its client libraries send and read.

The service sends ``session_started``. Audio arrives as ``input_audio_chunk`` in base64. A chunk
with ``commit`` is answered with ``committed_transcript``, and with a second message with timestamps
if the query asks for them or for the language. Times are seconds from the first audio of the
session. A commit of less than 0.3 s ends the session, as it does at the real service.
"""

import base64
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request

from .audio import SpokenWord
from .faults import Json
from .service import FakeService
from .session import Record, Session

__all__ = ["ElevenLabsFake"]

_MIN_COMMIT_MS = 300
_DEFAULT_VAD_SILENCE_S = 1.5


class _Session(Session):
    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._words: list[SpokenWord] = []
        self._committed_ms = 0
        self._last_word_ms = 0

    def _has(self, flag: str) -> bool:
        return self.parameters.get(flag) == "true"

    def is_final(self, message: Json) -> bool:
        kind = message.get("message_type")
        has_both = self._has("include_timestamps") or self._has("include_language_detection")
        last = "committed_transcript_with_timestamps" if has_both else "committed_transcript"
        return kind == last

    def is_answer(self, message: Json) -> bool:
        return str(message.get("message_type")).startswith("committed_transcript")

    def on_open(self) -> None:
        self.send(
            {
                "message_type": "session_started",
                "session_id": "fake",
                "config": {"sample_rate": 16000, "audio_format": "pcm_16000"},
            }
        )

    def on_binary(self, data: bytes) -> None:
        self._refuse("input_error", "Message must be a valid protocol message")

    def on_text(self, message: Json) -> None:
        audio = message.get("audio_base_64")
        if message.get("message_type") != "input_audio_chunk" or not isinstance(audio, str):
            self._refuse("input_error", "Message must be a valid protocol message")
            return
        pcm = base64.b64decode(audio, validate=True)
        self.record.audio += pcm
        for word in self.reader.feed(pcm):
            self._words.append(word)
            self._last_word_ms = word.end_ms
            self.send({"message_type": "partial_transcript", "text": self._text})
        if message.get("commit"):
            self._commit_asked()
        elif self.parameters.get("commit_strategy") == "vad" and self._is_silent:
            self._commit()

    @property
    def _is_silent(self) -> bool:
        silence_s = float(self.parameters.get("vad_silence_threshold_secs", _DEFAULT_VAD_SILENCE_S))
        silent_ms = self.reader.ms - self._last_word_ms
        return bool(self._words) and not self.reader.is_in_word and silent_ms >= 1000 * silence_s

    @property
    def _text(self) -> str:
        return " ".join(word.text for word in self._words)

    def _commit_asked(self) -> None:
        uncommitted_ms = self.reader.ms - self._committed_ms
        if uncommitted_ms < _MIN_COMMIT_MS:
            self._refuse(
                "commit_throttled",
                f"Commit request ignored: only {uncommitted_ms / 1000:.2f}s of uncommitted audio.",
            )
        else:
            self._commit()

    def _commit(self) -> None:
        text, words = self._text, self._words
        self.send({"message_type": "committed_transcript", "text": text})
        if self._has("include_timestamps") or self._has("include_language_detection"):
            timed = self._has("include_timestamps")
            detects = self._has("include_language_detection")
            self.send(
                {
                    "message_type": "committed_transcript_with_timestamps",
                    "text": text,
                    "language_code": "en" if detects else None,
                    "words": _timed(words) if timed else None,
                }
            )
        self._words = []
        self._committed_ms = self.reader.ms

    def _refuse(self, kind: str, error: str) -> None:
        self.send({"message_type": kind, "error": error})
        self.close(reason=kind)


def _timed(words: list[SpokenWord]) -> list[Json]:
    entries: list[Json] = []
    for word in words:
        start, end = word.start_ms / 1000, word.end_ms / 1000
        if entries:
            space = {"text": " ", "start": entries[-1]["end"], "end": start, "type": "spacing"}
            entries.append(space | {"logprob": 0.0})
        entries.append({"text": word.text, "start": start, "end": end, "type": "word"})
        entries[-1]["logprob"] = -0.02
    return entries


class ElevenLabsFake(FakeService):
    """The service at ``/v1/speech-to-text/realtime``."""

    session = _Session

    def permits(self, request: Request) -> bool:
        token = parse_qs(urlsplit(request.path).query).get("token", [None])[0]
        return self.token in {token, request.headers.get("xi-api-key")}
