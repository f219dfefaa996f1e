"""The service's end of a Scriptix session in microphone mode, as the local server plays it."""

from typing import Final as Constant

from ...audio import AudioFormat, Encoding
from ...errors import ProtocolViolationError
from ...events import Final, Partial
from ...media.container import Container
from ..contract import HttpAnswer, Message
from ..serving import Close, End, Feed, ServerBase, ServerRequest
from .messages import (
    Action,
    ErrorMessage,
    FinalResult,
    PartialResult,
    ResultWord,
    ServiceState,
    StateMessage,
    read_client_message,
)
from .settings import TOKEN_HEADERS, TYPES

__all__ = ["ScriptixServer"]

_NORMAL_CLOSURE: Constant = 1000
"""The only code that the service's page defines for an established connection."""


class ScriptixServer(ServerBase):
    """Sans-I/O server of one session."""

    audio_format = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
    containers = frozenset({Container.WAV})

    def __init__(self, *, rejected: str | None = None) -> None:
        super().__init__()
        self._rejected = rejected
        self._action: Action | None = None
        self._offset_ms = 0
        self._partial: list[str] = []

    @classmethod
    def accept(
        cls, request: ServerRequest, *, tokens: frozenset[str]
    ) -> "ScriptixServer | HttpAnswer":
        """Answer an upgrade; an empty set of tokens lets everybody in.

        What is wrong is said as an error message on the open socket: browsers, for which the
        service is made, cannot read the answer to a refused upgrade.
        """
        token = request.first("token") or next(
            (request.headers[name] for name in TOKEN_HEADERS if name in request.headers), ""
        )
        if tokens and not token:
            return cls(rejected="Configuration requires authentication token")
        if tokens and token not in tokens:
            return cls(rejected="Authentication failed: the token is not valid")
        # One of the service's pages requires the type, the other makes fast the default.
        if (request.first("type") or "fast") not in TYPES:
            return cls(rejected=f"type: allowed is {' or '.join(TYPES)}")
        return cls()

    def open(self, *, now: float) -> None:
        """No greeting: the service waits for the start command."""
        if self._rejected:
            self._end(self._rejected)

    def receive_message(self, message: Message, *, now: float) -> None:
        """A command, or audio."""
        if self.close:
            return
        if isinstance(message, bytes):
            # Audio outside of start and stop is not processed, as the service documents.
            if self._action is Action.START:
                self.command(Feed(audio=message))
            return
        try:
            action = read_client_message(message).action
        except ProtocolViolationError as err:
            self.write(ErrorMessage(error=err.message).to_json())
            return
        match (self._action, action):
            case (None, Action.START):
                self._action = action
                self.write(StateMessage(state=ServiceState.LISTENING).to_json())
            case (Action.START, Action.STOP):
                self._action = action
                self.command(End())
            case _:
                self.write(ErrorMessage(error=f"{action}: not possible now").to_json())

    def report(self, result: Partial | Final) -> None:
        """Send a result; nothing is sent for silence."""
        if isinstance(result, Partial):
            self._report_partial(result)
            return
        if result.text or self._partial:  # an empty final takes back what was wrongly heard
            self.write(self._final(result).to_json())
        self._partial = []
        self._offset_ms = result.end_ms or self._offset_ms
        if self._action is Action.STOP:
            self.write(StateMessage(state=ServiceState.STOPPED).to_json())
            self.close = Close(code=_NORMAL_CLOSURE)

    def fail(self, text: str, *, code: str = "") -> None:
        """The engine failed."""
        self._end(text)

    def _report_partial(self, partial: Partial) -> None:
        words = partial.text.split()
        if not words:
            return
        stability = partial.stability
        if stability is None:
            # The part of the text that the partial before had already.
            kept = 0
            while kept < min(len(words), len(self._partial)) and words[kept] == self._partial[kept]:
                kept += 1
            stability = round(kept / len(words), 2)
        self._partial = words
        self.write(
            PartialResult(
                text=partial.text, offset_ms=self._offset_ms, stability=stability
            ).to_json()
        )

    def _final(self, final: Final) -> FinalResult:
        offset_ms = self._offset_ms
        return FinalResult(
            text=final.text,
            offset_ms=offset_ms,
            words=tuple(
                ResultWord(
                    text=f" {word.text}",
                    start_ms=max(0, (word.start_ms or 0) - offset_ms),
                    end_ms=max(0, (word.end_ms or 0) - offset_ms),
                    confidence=1.0 if word.confidence is None else round(word.confidence, 4),
                )
                for word in final.words
            ),
            speaker=final.speaker,
        )

    def _end(self, error: str) -> None:
        self.write(ErrorMessage(error=error).to_json())
        self.close = Close(code=_NORMAL_CLOSURE)
