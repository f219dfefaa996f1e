"""vLLM's side of a session, as the local realtime server runs it.

A commit begins a generation. A commit with ``final`` ends the audio of the generation. Audio that
arrives before a generation waits for the next one. As in vLLM, a commit during a generation is
ignored, and audio that is still unused when the generation ends is lost.
"""

import secrets
from collections import deque
from typing import Final

from ....errors import ProtocolViolationError
from ....events import FinalText, PartialText
from ....json_text import compact
from ...reports import ErrorReport
from ...serving import Feed, Flush
from ..client_messages import Append, ClientMessage, Commit, SessionUpdate
from ..messages import ErrorMessage
from ..protocol import PROVIDER, EventType
from ..transcripts import Done
from .deltas import Deltas
from .session import OpenAISession, SessionSetup

__all__ = ["VllmServer"]

_MAX_QUEUED_BYTES: Final = 4 << 20
"""Maximum audio that may wait for a generation: about two minutes. If more audio waits, the session
ends with an error."""


class VllmServer(OpenAISession):
    """Sans-I/O server of one session. Audio is 16 kHz."""

    def __init__(self, setup: SessionSetup) -> None:
        super().__init__(setup)
        self._model: str | None = None
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._is_generating = False
        self._is_ending = False
        self._has_stale_end = False  # whether the audio was ended before a generation began
        self._deltas = self._new_deltas()

    def open(self, *, now: float) -> None:
        """Send ``session.created``."""
        created = int(self._setup.unix_time_s)
        fields = {"id": f"sess-{secrets.token_hex(16)}", "created": created}
        self.write(compact({"type": EventType.SESSION_CREATED, **fields}))

    def report(self, result: PartialText | FinalText) -> None:
        """Send a text."""
        if self.close:
            return
        if isinstance(result, PartialText):
            self._send_delta(self._deltas.partial(result.text))
            return
        self._send_delta(self._deltas.complete(result.text))
        self.write(Done(text=result.text).to_json())
        self._deltas = self._new_deltas()
        self._queue.clear()  # vLLM was observed to lose such early audio
        self._queued_bytes = 0
        self._is_generating = self._is_ending = False
        self.final_sent()

    def _take(self, message: ClientMessage, *, now: float) -> None:
        match message:
            case SessionUpdate(model=None):
                raise ProtocolViolationError("Missing required field: model", provider=PROVIDER)
            case SessionUpdate(model=model):
                self._model = model
            case Append(audio=b""):
                self._refuse("invalid_audio", "Can't decode empty audio")
            case Append(audio=audio):
                self._append(audio)
            case Commit() if self._model is None:
                text = "Model not validated. Send session.update first."
                self._refuse("model_not_validated", text)
            case Commit(final=True):
                self._end_audio()
            case Commit():
                self._generate()
            case _:
                self._refuse("unknown_event", "Unknown event type: input_audio_buffer.clear")

    def _append(self, audio: bytes) -> None:
        if self._is_generating and not self._is_ending:
            self.command(Feed(audio=audio))
            return
        self._queue.append(audio)
        self._queued_bytes += len(audio)
        if self._queued_bytes > _MAX_QUEUED_BYTES:
            self.fail(f"more than {_MAX_QUEUED_BYTES} bytes of audio wait for a commit")

    def _generate(self) -> None:
        if self._is_generating:
            return
        self._is_generating = True
        for audio in self._queue:
            self.command(Feed(audio=audio))
        self._queue.clear()
        self._queued_bytes = 0
        if self._has_stale_end:
            self._has_stale_end = False
            self._end_audio()

    def _end_audio(self) -> None:
        if self._is_ending:
            return
        if not self._is_generating:
            self._has_stale_end = True
            return
        self._is_ending = True
        self.command(Flush())

    def _new_deltas(self) -> Deltas:
        return Deltas(agreeing=self._behaviour.agreeing_partials)

    def _send_delta(self, text: str) -> None:
        if text:
            self.write(compact({"type": EventType.TRANSCRIPTION_DELTA, "delta": text}))

    def _refuse(self, code: str, text: str) -> None:
        report = ErrorReport(code=code, message=text)
        self.write(self._error(ErrorMessage(report=report)))

    def _error(self, error: ErrorMessage) -> str:
        return error.to_vllm()

    def _invalid(self, problem: str, *, event_id: str | None = None) -> ErrorMessage:
        return ErrorMessage(report=ErrorReport(code="invalid_event", message=problem))
