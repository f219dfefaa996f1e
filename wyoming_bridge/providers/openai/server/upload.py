"""OpenAI's side of a request to transcribe an audio file, as the local realtime server runs it."""

import json
from collections.abc import Iterator
from typing import Final

from ....audio import PCM_16K_MONO
from ....endpointing import Segmenter, SpeechEnded, new_detector
from ....events import FinalText, PartialText
from ....media.container import Container, container_of, is_undecided
from ....options import shown
from ...contract import HttpAnswer, Message
from ...emulator import json_answer
from ...server_base import ServerBase
from ...serving import End, EndSegment, Feed
from .deltas import Deltas
from .rest_error import rest_error
from .session import SessionSetup, report_of_failure
from .tokens import tokens_of

__all__ = ["OpenAIUpload"]

_FORMATS: Final = ("json", "text", "verbose_json")
_GRANULARITIES: Final = ("word", "segment")
_LOGPROBS: Final = "logprobs"

_SPEECH_PROBABILITY: Final = 0.5
_MIN_SPEECH_MS: Final = 100
_PAUSE_MS: Final = 1000
"""Silence of 1 s ends a segment, so that the engine does not have to finish minutes of audio at
once."""

_MAX_FIELD_CHARACTERS: Final = 10_000
_MAX_FIELDS: Final = 100

_STATUSES: Final = {"rate_limit_exceeded": 429, "invalid_request": 400}
"""The HTTP status of each error code. Other codes have status 500."""


class OpenAIUpload(ServerBase):
    """A request whose body is a form with a file."""

    audio_format = PCM_16K_MONO
    containers = frozenset(Container)
    answer: HttpAnswer | None = None

    def __init__(self, setup: SessionSetup) -> None:
        super().__init__()
        self._setup = setup
        self._fields: dict[str, list[str]] = {}
        self._head: bytes | None = b""  # the beginning of the file, until its container is known
        self._has_ended = False
        self._finals: list[FinalText] = []
        self._heard_ms = 0.0
        self._deltas = Deltas(agreeing=setup.behaviour.agreeing_partials)
        self._detector = new_detector(speech_threshold=_SPEECH_PROBABILITY)
        self._segmenter = Segmenter(
            speech_threshold=_SPEECH_PROBABILITY,
            min_speech_ms=_MIN_SPEECH_MS,
            min_silence_ms=_MIN_SPEECH_MS,
            silence_ms=_PAUSE_MS,
        )
        self._segment_start_ms = 0.0

    @property
    def streams(self) -> bool:
        """Whether the client has asked for the text in pieces, as server-sent events."""
        return self._first("stream").lower() in {"true", "1"}

    def open(self, *, now: float) -> None:
        """Do nothing: the answer follows the file."""

    def receive_field(self, name: str, value: str) -> None:
        """Read a field of the form."""
        values = self._fields.setdefault(name.removesuffix("[]"), [])
        is_full = len(self._fields) > _MAX_FIELDS or len(values) >= _MAX_FIELDS
        if len(value) > _MAX_FIELD_CHARACTERS or is_full:
            allowed = f"{_MAX_FIELDS} fields of {_MAX_FIELD_CHARACTERS} characters"
            self._refuse("invalid_value", f"{shown(name)}: the form must have at most {allowed}")
            return
        values.append(value)
        # The engine takes these terms with the first audio, so they have to precede the file.
        self.bias_terms = tuple(self._fields.get("keywords", ()))

    def receive_message(self, message: Message, *, now: float) -> None:
        """Pass a piece of the file to the engine, as soon as the container is known."""
        if not isinstance(message, bytes) or self.answer:
            return
        if self._head is None:
            self.command(Feed(audio=message))
            return
        self._head += message
        if not is_undecided(self._head, among=self.containers):
            self._begin()

    def audio_ended(self) -> None:
        """Check the form, which may follow the file, and request the last final text."""
        if self._head is not None:
            self._begin()
        problem = self._problem()
        if problem:
            self._refuse("invalid_value", problem)
        if self.answer:
            return
        self._has_ended = True
        self.command(End())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """End a segment at a pause."""
        duration_ms = PCM_16K_MONO.duration_ms(len(pcm))
        self._heard_ms += duration_ms
        self._setup.account.audio_s += duration_ms / 1000
        for event in self._segmenter.feed(self._detector.feed(pcm)):
            if isinstance(event, SpeechEnded) and event.at_ms > self._segment_start_ms:
                self._segment_start_ms = self._heard_ms
                self.command(EndSegment())

    def report(self, result: PartialText | FinalText) -> None:
        """Collect the texts. The last one completes the answer."""
        if self.answer:
            return
        if isinstance(result, PartialText):
            self._write_delta(self._deltas.partial(result.text))
            return
        if result.text:
            self._write_delta(self._deltas.complete(result.text))
            self._finals.append(result)
            self._deltas = Deltas(agreeing=self._setup.behaviour.agreeing_partials)
        self.final_sent()
        if self._has_ended and not self.finals_owed:
            self._complete()

    def fail(self, text: str, *, code: str = "") -> None:
        """Answer with an error."""
        report = report_of_failure(text, code)
        self._refuse(report.code, text, status=_STATUSES.get(report.code, 500))

    def leave(self, *, now: float) -> None:
        """Count the session as ended."""
        self._setup.account.end()

    def _begin(self) -> None:
        """Check the container of the file, and feed its beginning."""
        head, self._head = self._head or b"", None
        if not head:
            self._refuse("invalid_value", "file: must be an audio file, got nothing")
        elif container_of(head, among=self.containers) is None:
            allowed = " or ".join(sorted(self.containers))
            self._refuse("invalid_value", f"file: must be {allowed}, got another format")
        else:
            self.command(Feed(audio=head))

    def _problem(self) -> str | None:
        """Return what is wrong with the form; None if it is valid."""
        if not self._first("model"):
            return "model: must be set, got nothing"
        answer_format = self._first("response_format") or "json"
        if answer_format not in _FORMATS:
            return f"response_format: must be {' or '.join(_FORMATS)}, got {shown(answer_format)}"
        return self._problem_of_details(answer_format)

    def _problem_of_details(self, answer_format: str) -> str | None:
        """Return why the answer cannot have the details that the form requests."""
        granularities = self._fields.get("timestamp_granularities", [])
        included = self._fields.get("include", [])
        for name, values, allowed in (
            ("timestamp_granularities", granularities, _GRANULARITIES),
            ("include", included, (_LOGPROBS,)),
        ):
            unknown = next((each for each in values if each not in allowed), None)
            if unknown is not None:
                return f"{name}: must be {' or '.join(allowed)}, got {shown(unknown)}"
        if included and answer_format != "json":
            return "include: must not be set unless response_format is json"
        if granularities and answer_format != "verbose_json":
            return "timestamp_granularities: must not be set unless response_format is verbose_json"
        if self.streams and answer_format == "verbose_json":
            return "stream: must be false if response_format is verbose_json"
        return None

    def _first(self, name: str) -> str:
        return next(iter(self._fields.get(name, ())), "")

    def _write_delta(self, text: str) -> None:
        """Queue a delta even if ``stream`` is not set, because that field may follow later."""
        if text:
            separator = " " if self._finals and not text.startswith(" ") else ""
            self.write(_event("transcript.text.delta", delta=f"{separator}{text}"))

    def _complete(self) -> None:
        usage = {"type": "duration", "seconds": round(self._heard_ms / 1000, 3)}
        text = " ".join(final.text for final in self._finals)
        if self.streams:
            self.write(_event("transcript.text.done", text=text, usage=usage, **self._details()))
            self.answer = HttpAnswer(status=200)
            return
        match self._first("response_format"):
            case "text":
                headers = {"Content-Type": "text/plain; charset=utf-8"}
                self.answer = HttpAnswer(status=200, headers=headers, body=f"{text}\n")
            case "verbose_json" if problem := self._missing_times():
                self._refuse("invalid_value", problem)
            case "verbose_json":
                self.answer = json_answer(200, {**self._verbose(text), "usage": usage})
            case _:
                self.answer = json_answer(200, {"text": text, "usage": usage, **self._details()})

    def _details(self) -> dict[str, object]:
        """Return the fields of an answer in JSON that depend on the engine and the request."""
        spoken = dict.fromkeys(each.language or self._setup.language for each in self._finals)
        details: dict[str, object] = {"languages": [{"code": code} for code in spoken]}
        if "include" in self._fields:
            details["logprobs"] = [token.to_fields() for token in tokens_of(self._finals)]
        return details

    @property
    def _granularities(self) -> list[str]:
        return self._fields.get("timestamp_granularities") or ["segment"]

    def _missing_times(self) -> str | None:
        """Return an error if the form requests times of words that the engine does not know."""
        lacks_times = any(final.text and not final.words for final in self._finals)
        if "word" in self._granularities and lacks_times:
            return (
                "timestamp_granularities: must be segment, because the engine does not know the "
                "times of words, got 'word'"
            )
        return None

    def _verbose(self, text: str) -> dict[str, object]:
        granularities = self._granularities
        language = next((each.language for each in self._finals if each.language), None)
        verbose: dict[str, object] = {
            "task": "transcribe",
            "language": language or self._setup.language,
            "duration": round(self._heard_ms / 1000, 3),
            "text": text,
        }
        if "word" in granularities:
            verbose["words"] = [
                {"word": word.text, "start": _seconds(word.start_ms), "end": _seconds(word.end_ms)}
                for final in self._finals
                for word in final.words
            ]
        if "segment" in granularities:
            verbose["segments"] = list(self._segments())
        return verbose

    def _segments(self) -> Iterator[dict[str, object]]:
        """Yield the segments. Whisper's measures are fixed, as the engine does not have them."""
        for index, final in enumerate(self._finals):
            yield {
                "id": index,
                "seek": 0,
                "start": _seconds(final.start_ms),
                "end": _seconds(final.end_ms),
                "text": final.text,
                "tokens": [],
                "temperature": 0.0,
                "avg_logprob": 0.0,
                "compression_ratio": 1.0,
                "no_speech_prob": 0.0,
            }

    def _refuse(self, code: str, message: str, *, status: int = 400) -> None:
        self.answer = self.answer or rest_error(status, code, message)


def _seconds(milliseconds: int | None) -> float:
    return (milliseconds or 0) / 1000


def _event(kind: str, **fields: object) -> str:
    """Return a server-sent event."""
    return f"data: {json.dumps({'type': kind, **fields})}\n\n"
