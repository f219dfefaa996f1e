"""The service's end of a Scriptix session, as the local server plays it, in both modes."""

from collections import deque
from typing import Final

from ...audio import PCM_16K_MONO
from ...errors import MediaError, MediaProblem, ProtocolViolationError
from ...events import FinalText, PartialText
from ...media.container import Container
from ..contract import CloseCode, Message
from ..serving import Close, Command, End, EndSegment, Feed, RefusedSession, ServerBase
from .behaviour import ScriptixBehaviour
from .cold_start import ColdStart
from .messages import (
    Action,
    ErrorMessage,
    ServiceState,
    StateMessage,
    read_client_message,
)
from .results import ResultWriter

__all__ = [
    "CORS",
    "MISSING_STREAM_URL",
    "MISSING_TOKEN",
    "MicrophoneServer",
    "StreamServer",
    "refused",
]

MISSING_TOKEN: Final = "Missing Token: Configuration requires authentication token"  # noqa: S105 - a text
MISSING_STREAM_URL: Final = "Missing Stream URL: Stream mode requires streamUrl parameter"
CORS: Final = "CORS Restrictions: cross-origin requests are not allowed"
_TIMEOUT: Final = "Connection Timeout: Server unable to connect within {limit_s:g} seconds"
_INVALID_STREAM: Final = "Invalid Stream: Stream URL invalid, expired, or inaccessible"

_STREAM_ERRORS: Final = {
    MediaProblem.INVALID_URL: _INVALID_STREAM,
    MediaProblem.FORBIDDEN_ADDRESS: _INVALID_STREAM,
    MediaProblem.NOT_FOUND: _INVALID_STREAM,
    MediaProblem.UNREACHABLE: _INVALID_STREAM,
    MediaProblem.STALLED: "Connection Timeout: Stream stopped sending",
    MediaProblem.NEEDS_AUTHENTICATION: "Authentication Required: Stream requires authentication",
    MediaProblem.UNSUPPORTED_FORMAT: "Unsupported Format: Stream format not supported by server",
}
"""The scenarios of the service's connection page, in its words."""


def refused(error: str) -> RefusedSession:
    """Return a session that is refused on an open socket, because the service is for browsers.

    The service's page defines no other close code for an established connection.
    """
    message = ErrorMessage(error=error).to_json()
    return RefusedSession(message, close=Close(code=CloseCode.NORMAL_CLOSURE))


class _Session(ServerBase):
    """What both modes share: results, finals after so many words or so much audio, the end."""

    audio_format = PCM_16K_MONO

    def __init__(self, behaviour: ScriptixBehaviour, cold_start: ColdStart) -> None:
        super().__init__()
        self.behaviour = behaviour
        self._cold_start = cold_start
        cold_start.begin()
        self._results = ResultWriter(older=behaviour.result_shape == "older")
        self._asked: deque[type[Command]] = deque()  # what each final to come answers
        self._segment_ms = 0.0
        self._wordless_ms = 0.0
        self._many_words = False

    def listen(self) -> None:
        """Take audio from now on."""
        self.write(StateMessage(state=ServiceState.LISTENING).to_json())
        if self.behaviour.shutting_down_at:
            at = self.behaviour.shutting_down_at
            self.write(StateMessage(state=ServiceState.SHUTTING_DOWN, at=at).to_json())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Ask for a final when the segment is long enough."""
        duration_ms = PCM_16K_MONO.duration_ms(len(pcm))
        self._segment_ms += duration_ms
        self._wordless_ms += duration_ms
        if self._many_words or self._segment_ms >= self.behaviour.final_s * 1000:
            self._many_words = False
            self._segment_ms = 0
            self.ask(EndSegment())

    def ask(self, command: EndSegment | End) -> None:
        """Ask the engine for a final."""
        self._asked.append(type(command))
        self.command(command)

    def report(self, result: PartialText | FinalText) -> None:
        """Send a result; nothing is sent for silence."""
        if self.close:
            return
        if isinstance(result, PartialText):
            message = self._results.partial(result)
            # Until a final has come, partials still have its words.
            enough = len(result.text.split()) >= self.behaviour.final_words
            self._many_words = enough and not self._asked
        else:
            message = self._results.final(result)
        if message:
            self._wordless_ms = 0
            self.write(message)
        if isinstance(result, FinalText) and self._asked and self._asked.popleft() is End:
            self.write(StateMessage(state=ServiceState.STOPPED).to_json())
            self.close = Close(code=CloseCode.NORMAL_CLOSURE)

    def fail(self, text: str, *, code: str = "") -> None:
        """The engine failed."""
        self.write(ErrorMessage(error=text).to_json())
        self.close = Close(code=CloseCode.NORMAL_CLOSURE)

    def leave(self, *, now: float) -> None:
        """The session is over."""
        self._cold_start.end(now=now)


class MicrophoneServer(_Session):
    """Sans-I/O server of one session that the client sends audio to."""

    containers = frozenset({Container.WAV})

    def __init__(self, behaviour: ScriptixBehaviour, cold_start: ColdStart) -> None:
        super().__init__(behaviour, cold_start)
        self._action: Action | None = None
        self._start_due: float | None = None
        self._loaded_at: float | None = None

    def open(self, *, now: float) -> None:
        """No greeting: the service waits for the start command."""
        self._start_due = now + self.behaviour.connect_timeout_s

    def receive_message(self, message: Message, *, now: float) -> None:
        """A command, or audio."""
        if self.close:
            return
        if isinstance(message, bytes):
            # Audio outside of listening and stop is not processed, as the service documents.
            if self._action is Action.START and self._loaded_at is None:
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
                self._start(now=now)
            case (Action.START, Action.STOP):
                self._action = action
                self.ask(End())
            case _:
                self.write(ErrorMessage(error=f"{action}: not possible now").to_json())

    def next_timeout(self) -> float | None:
        """When the start command is overdue, or the model loaded."""
        return None if self.close else self._start_due or self._loaded_at

    def handle_timeout(self, *, now: float) -> None:
        """Give a client up that does not start; listen when the model is loaded."""
        if self._start_due is not None and now >= self._start_due:
            self.fail(_TIMEOUT.format(limit_s=self.behaviour.connect_timeout_s))
        elif self._loaded_at is not None and now >= self._loaded_at:
            self._loaded_at = None
            self.listen()

    def _start(self, *, now: float) -> None:
        self._start_due = None
        if self.behaviour.loading_s:
            self._loaded_at = now + self.behaviour.loading_s
            self.write(StateMessage(state=ServiceState.LOADING).to_json())
        else:
            self.listen()


class StreamServer(_Session):
    """Sans-I/O server of one session whose audio is fetched from an address."""

    def __init__(
        self, behaviour: ScriptixBehaviour, cold_start: ColdStart, *, source_url: str
    ) -> None:
        super().__init__(behaviour, cold_start)
        self.source_url = source_url

    def open(self, *, now: float) -> None:
        """No start command is waited for."""
        self.listen()

    def receive_message(self, message: Message, *, now: float) -> None:
        """Only ``stop`` means something: the stream ends here."""
        if self.close or isinstance(message, bytes):
            return
        try:
            action = read_client_message(message).action
        except ProtocolViolationError as err:
            self.write(ErrorMessage(error=err.message).to_json())
            return
        if action is Action.STOP and End not in self._asked:
            self.ask(End())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Ask for finals; give up a stream in which nobody speaks."""
        if self.close or End in self._asked:
            return
        super().hear(pcm, now=now)
        limit_s = self.behaviour.stream_silence_s
        if limit_s and self._wordless_ms >= limit_s * 1000:
            self.fail(f"Invalid Stream: no speech in {limit_s:g} seconds")

    def source_ended(self) -> None:
        """The stream is over: the last final, then the end."""
        if not self.close and End not in self._asked:
            self.ask(End())

    def source_failed(self, error: MediaError) -> None:
        """The stream cannot be had."""
        if not self.close:
            self.fail(f"{_STREAM_ERRORS[error.problem]} ({error.message})")
