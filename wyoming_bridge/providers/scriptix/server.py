"""The service's side of a Scriptix session in both modes, as the local server runs it."""

from collections import deque
from typing import Final

from ...audio import PCM_16K_MONO
from ...errors import MediaError, MediaProblem, ProtocolViolationError
from ...events import FinalText, PartialText
from ...media.container import Container
from ..contract import CloseCode, Message
from ..server_base import RefusedSession, ServerBase
from ..serving import Close, Command, End, EndSegment, Feed
from .behaviour import ScriptixBehaviour
from .cold_start import ColdStart
from .messages import Action, ErrorMessage, ServiceState, StateMessage
from .reader import read_client_message
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
    MediaProblem.BUSY: _INVALID_STREAM,
    MediaProblem.STALLED: "Connection Timeout: Stream stopped sending",
    MediaProblem.NEEDS_AUTHENTICATION: "Authentication Required: Stream requires authentication",
    MediaProblem.UNSUPPORTED_FORMAT: "Unsupported Format: Stream format not supported by server",
}
"""The error for each problem with a stream, in the words of the service's connection page."""


def refused(error: str) -> RefusedSession:
    """Return a session that is refused on an open websocket.

    The close code is the only one that the service's page defines for an established connection.
    """
    message = ErrorMessage(error=error).to_json()
    return RefusedSession(message, close=Close(code=CloseCode.NORMAL_CLOSURE))


class _Session(ServerBase):
    """The base class of sessions in both modes."""

    audio_format = PCM_16K_MONO

    def __init__(self, behaviour: ScriptixBehaviour, cold_start: ColdStart) -> None:
        super().__init__()
        self.behaviour = behaviour
        self._cold_start = cold_start
        cold_start.begin()
        self._results = ResultWriter(older=behaviour.result_shape == "older")
        # The commands whose final texts are due, in order.
        self._requests: deque[type[Command]] = deque()
        self._segment_ms = 0.0
        self._wordless_ms = 0.0
        self._many_words = False

    def listen(self) -> None:
        """Report that the service accepts audio."""
        self.write(StateMessage(state=ServiceState.LISTENING).to_json())
        if self.behaviour.shutting_down_at:
            at = self.behaviour.shutting_down_at
            self.write(StateMessage(state=ServiceState.SHUTTING_DOWN, at=at).to_json())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """End the segment if it has the maximum length or number of words."""
        duration_ms = PCM_16K_MONO.duration_ms(len(pcm))
        self._segment_ms += duration_ms
        self._wordless_ms += duration_ms
        if self._many_words or self._segment_ms >= self.behaviour.final_s * 1000:
            self._many_words = False
            self._segment_ms = 0
            self.ask(EndSegment())

    def ask(self, command: EndSegment | End) -> None:
        """Request a final text from the engine, unless the session is ending."""
        if self.is_ending:
            return
        self._requests.append(type(command))
        self.command(command)

    def report(self, result: PartialText | FinalText) -> None:
        """Send a result. One without words is sent only if it retracts a partial text."""
        if self.close:
            return
        if isinstance(result, PartialText):
            message = self._results.partial(result)
            # Until a requested final text arrives, partial texts still contain its words.
            enough = len(result.text.split()) >= self.behaviour.final_words
            self._many_words = enough and not self._requests
        else:
            message = self._results.final(result)
        if message:
            self._wordless_ms = 0
            self.write(message)
        if isinstance(result, FinalText) and self._requests:
            if self._requests.popleft() is End:
                self.end_now(
                    StateMessage(state=ServiceState.STOPPED).to_json(),
                    Close(code=CloseCode.NORMAL_CLOSURE),
                )
            self.final_sent()

    def fail(self, text: str, *, code: str = "") -> None:
        """End the session with an error."""
        self.end_now(ErrorMessage(error=text).to_json(), Close(code=CloseCode.NORMAL_CLOSURE))

    def end_with(self, text: str) -> None:
        """End the session with an error, after the requested finals were sent."""
        self.end(ErrorMessage(error=text).to_json(), Close(code=CloseCode.NORMAL_CLOSURE))

    def end_idle(self, *, limit_s: float) -> None:
        """End the session with the service's timeout error."""
        self.end_with(f"Connection Timeout: no audio for {limit_s:g} seconds")

    def leave(self, *, now: float) -> None:
        """Count the session as ended."""
        self._cold_start.end(now=now)


class MicrophoneServer(_Session):
    """Sans-I/O server of one session in which the client sends the audio."""

    containers = frozenset({Container.WAV})

    def __init__(self, behaviour: ScriptixBehaviour, cold_start: ColdStart) -> None:
        super().__init__(behaviour, cold_start)
        self._action: Action | None = None
        self._start_due: float | None = None
        self._loaded_at: float | None = None

    def open(self, *, now: float) -> None:
        """Wait for the start command; the service sends no greeting."""
        self._start_due = now + self.behaviour.connect_timeout_s

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read a command or audio."""
        if self.is_ending:
            return
        if isinstance(message, bytes):
            # According to the documentation, only audio between listening and stop is processed.
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
                when = f"after {self._action}" if self._action else "before start"
                error = f"action: {action} is not allowed {when}"
                self.write(ErrorMessage(error=error).to_json())

    def next_timeout(self) -> float | None:
        """Return the time at which the start command is overdue or the model has loaded."""
        return None if self.is_ending else self._start_due or self._loaded_at

    def handle_timeout(self, *, now: float) -> None:
        """End the session if the start command is overdue. Listen if the model has loaded."""
        if self._start_due is not None and now >= self._start_due:
            self.end_with(_TIMEOUT.format(limit_s=self.behaviour.connect_timeout_s))
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
        """Listen at once, because stream mode has no start command."""
        self.listen()

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read ``stop``, which ends the stream. Other messages have no effect."""
        if self.is_ending or isinstance(message, bytes):
            return
        try:
            action = read_client_message(message).action
        except ProtocolViolationError as err:
            self.write(ErrorMessage(error=err.message).to_json())
            return
        if action is Action.STOP and End not in self._requests:
            self.ask(End())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """End the segment if it is long enough. End the session if no words come."""
        if self.is_ending or End in self._requests:
            return
        super().hear(pcm, now=now)
        limit_s = self.behaviour.stream_silence_s
        if limit_s and self._wordless_ms >= limit_s * 1000:
            self.end_with(f"Invalid Stream: no speech in {limit_s:g} seconds")

    def source_ended(self) -> None:
        """Request the last final text, which ends the session."""
        if not self.is_ending and End not in self._requests:
            self.ask(End())

    def source_failed(self, error: MediaError) -> None:
        """End the session, because the stream cannot be fetched."""
        self.end_with(f"{_STREAM_ERRORS[error.problem]} ({error.message})")
