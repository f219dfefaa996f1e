"""vLLM: one generation at a time, without items.

The facts are from vLLM 0.33.0 and from runs of its own connection code. A commit begins a
generation, and a commit with ``final`` ends the audio of the generation. ``transcription.done`` is
the answer. Between the end of the audio and the answer, no audio may be sent.
``OneAnswerAtATime`` ensures this.
"""

from dataclasses import replace
from typing import Final

from ....capabilities import Capabilities
from ....events import FinalText, FlushDone, PartialText
from .. import messages as wire
from .. import transcripts
from ..client_messages import Commit, SessionUpdate, append_json
from ..messages import Greeting
from ..service import CAPABILITIES
from ..settings import OpenAISettings
from .dialect import Session, error_of

__all__ = ["VllmDialect", "vllm_capabilities"]

_BEGIN: Final = Commit()
_END: Final = Commit(final=True)


class VllmDialect:
    """One generation after the other. Audio is 16 kHz."""

    def __init__(self, session: Session, settings: OpenAISettings, greeting: Greeting) -> None:
        self._session = session
        self._model = settings.model
        self._session_id = greeting.session_id
        self._text = ""
        self._is_generating = False
        self._is_ending = False
        self._is_finishing = False
        self._flush_ids: list[str] = []
        self.waiting_bytes = 0

    @property
    def owes_answer(self) -> bool:
        """Whether a final text that was requested has not arrived yet."""
        return self._is_ending

    def configure(self, *, now: float) -> None:
        """Send the model. The server answers only if it does not have this model."""
        self._session.write(SessionUpdate(model=self._model).to_json())
        self._session.ready(now=now, session_id=self._session_id)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio. The first audio begins a generation."""
        if not pcm:  # the server refuses a message without audio
            return
        if not self._is_generating:
            self._is_generating = True
            self._session.write(_BEGIN.to_json())
        self._session.write(append_json(pcm))

    def flush(self, flush_id: str, *, now: float) -> None:
        """End the audio of the generation. Without a generation, there is nothing to wait for."""
        if self._is_generating:
            self._flush_ids.append(flush_id)
            self._end()
        else:
            self._session.report(FlushDone(flush_id=flush_id))

    def finish(self, *, now: float) -> None:
        """End the last audio. Without a generation, there is no audio to end."""
        self._is_finishing = True
        if self._is_generating:
            self._end()
        else:
            self._session.finished()

    def receive(self, message: wire.ServerMessage, *, now: float) -> None:
        """Handle a message of the server."""
        match message:
            case transcripts.Delta(text=text) if self._is_generating:
                self._text += text
                self._session.report(PartialText(text=self._text.strip()))
            case transcripts.Done(text=text) if self._is_ending:
                self._answered(text.strip())
            case wire.ErrorMessage() as error:
                self._session.fail(error_of(error))
            case _:
                pass

    def next_timeout(self) -> float | None:
        """Return None, because the transcriber limits the wait for answers."""
        return None

    def handle_timeout(self, *, now: float) -> None:
        """Do nothing."""

    def _end(self) -> None:
        self._is_ending = True
        self._session.write(_END.to_json())

    def _answered(self, text: str) -> None:
        self._is_generating = self._is_ending = False
        self._text = ""
        self._session.report(FinalText(text=text, is_new=True))
        flush_ids, self._flush_ids = self._flush_ids, []
        for flush_id in flush_ids:
            self._session.report(FlushDone(flush_id=flush_id))
        if self._is_finishing:
            self._session.finished()


def vllm_capabilities(settings: OpenAISettings) -> Capabilities:  # noqa: ARG001 - ``DialectRow`` requires the argument
    """Return what a session can do."""
    return replace(
        CAPABILITIES,
        flush_ids=False,
        confidence=False,
        server_vad=False,
        bias_terms=0,
        min_flush_ms=0,
        languages=(),
    )
