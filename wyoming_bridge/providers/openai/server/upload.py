"""OpenAI's side of a request to transcribe an audio file, as the local realtime server runs it."""

import json
from typing import Final

from ....audio import PCM_16K_MONO
from ....endpointing import Segmenter, SpeechEnded, new_detector
from ....events import FinalText, PartialText
from ....media.container import Container, container_of, is_undecided
from ...contract import HttpAnswer, Message
from ...emulator import json_answer
from ...server_base import ServerBase
from ...serving import End, EndSegment, Feed
from .deltas import Deltas
from .file_transcript import FileTranscript
from .rest_error import rest_error
from .session import SessionSetup, report_of_failure
from .upload_form import UploadForm

__all__ = ["OpenAIUpload"]

_SPEECH_PROBABILITY: Final = 0.5
_MIN_SPEECH_MS: Final = 100
_PAUSE_MS: Final = 1000
"""Silence of 1 s ends a segment, so that the engine does not have to finish minutes of audio at
once."""

_STATUSES: Final = {"rate_limit_exceeded": 429, "invalid_request": 400}
"""The HTTP status of each error code. Other codes have status 500."""


_NO_WORD_TIMES: Final = (
    "timestamp_granularities: must be segment, because the engine does not know the times of "
    "words, got 'word'"
)


class OpenAIUpload(ServerBase):
    """A request whose body is a form with a file."""

    audio_format = PCM_16K_MONO
    containers = frozenset(Container)
    answer: HttpAnswer | None = None

    def __init__(self, setup: SessionSetup) -> None:
        super().__init__()
        self._setup = setup
        self._form = UploadForm()
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
        return self._form.streams

    def open(self, *, now: float) -> None:
        """Do nothing: the answer follows the file."""

    def receive_field(self, name: str, value: str) -> None:
        """Read a field of the form."""
        if problem := self._form.add(name, value):
            self._refuse("invalid_value", problem)
            return
        # The engine takes these terms with the first audio, so they have to precede the file.
        self.bias_terms = self._form.keywords

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
        if problem := self._form.problem():
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

    def _write_delta(self, text: str) -> None:
        """Queue a delta even if ``stream`` is not set, because that field may follow later."""
        if text:
            separator = " " if self._finals and not text.startswith(" ") else ""
            self.write(_event("transcript.text.delta", delta=f"{separator}{text}"))

    def _complete(self) -> None:
        form = self._form
        transcript = FileTranscript(
            finals=self._finals, duration_ms=self._heard_ms, language=self._setup.language
        )
        text, usage = transcript.text, transcript.usage
        details = transcript.details(with_logprobs=form.includes_logprobs)
        if form.streams:
            self.write(_event("transcript.text.done", text=text, usage=usage, **details))
            self.answer = HttpAnswer(status=200)
            return
        match form.response_format:
            case "text":
                headers = {"Content-Type": "text/plain; charset=utf-8"}
                self.answer = HttpAnswer(status=200, headers=headers, body=f"{text}\n")
            case "verbose_json" if "word" in form.granularities and transcript.lacks_word_times:
                self._refuse("invalid_value", _NO_WORD_TIMES)
            case "verbose_json":
                verbose = transcript.verbose(form.granularities)
                self.answer = json_answer(200, {**verbose, "usage": usage})
            case _:
                self.answer = json_answer(200, {"text": text, "usage": usage, **details})

    def _refuse(self, code: str, message: str, *, status: int = 400) -> None:
        self.answer = self.answer or rest_error(status, code, message)


def _event(kind: str, **fields: object) -> str:
    """Return a server-sent event."""
    return f"data: {json.dumps({'type': kind, **fields})}\n\n"
