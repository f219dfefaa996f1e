"""The parts of a provider's client that are the same for all."""

from ..audio import PCM_16K_MONO, AudioFormat
from ..errors import (
    AuthenticationError,
    BridgeError,
    ConnectionLostError,
    LifecycleError,
    ProtocolViolationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
)
from ..events import (
    Failed,
    FinalText,
    Finished,
    PartialText,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
)
from .contract import HttpAnswer, Message
from .lifecycle import Lifecycle, Transition

__all__ = ["ClientBase", "refused_upgrade"]


class ClientBase:
    """The part of a client that is the same for every provider.

    A provider fills in ``connect`` and the hooks below. Before the service is ready, audio,
    flushes and the finish wait here, so that nobody else has to.
    """

    provider: str = ""
    """As in the configuration."""

    audio_format: AudioFormat = PCM_16K_MONO
    """What ``send_audio`` takes. All services take this format."""

    can_flush: bool = True

    token: str | None = None
    """What no message may show."""

    def __init__(self) -> None:
        self._life = Lifecycle()
        self._messages: list[Message] = []
        self._events: list[SessionEvent] = []
        self._waiting: list[bytes | str | None] = []  # audio, flush id, None for the finish
        self._waiting_bytes = 0
        self._message_bytes = 0

    # What a provider fills in.

    def on_open(self, *, now: float) -> None:
        """The websocket is open."""
        raise NotImplementedError

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio; the service is ready for it."""
        raise NotImplementedError

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Ask for a final; the service is ready."""
        raise NotImplementedError

    def on_finish(self, *, now: float) -> None:
        """Ask for the last final; the service is ready."""
        raise NotImplementedError

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message; may raise ``RemoteError``, which fails the session."""
        raise NotImplementedError

    def on_close(self, *, code: int | None, reason: str) -> None:
        """The websocket is gone though the session was not finished."""
        why = f"closed with code {code}" if code else "broke"
        said = f" ({reason})" if reason else ""
        self.fail(
            ConnectionLostError(
                f"the connection {why}{said} while {self.state}", provider=self.provider
            )
        )

    def next_timeout(self) -> float | None:
        """Nothing is due, unless a provider says otherwise."""
        return None

    def handle_timeout(self, *, now: float) -> None:
        """Do nothing, unless a provider says otherwise."""

    # What a provider uses.

    def write(self, message: Message) -> None:
        """Put a message into the queue."""
        self._messages.append(message)
        self._message_bytes += len(message)

    def report(self, event: SessionEvent) -> None:
        """Put an event into the queue."""
        if isinstance(event, (PartialText, FinalText)):
            self.transition(Transition.RESULT)
        self._events.append(event)

    def transition(self, transition: Transition) -> None:
        """Change the state, and report it if it is another one now."""
        if self._life.apply(transition):
            self._events.append(StateChanged(state=self._life.state))

    def ready(self, *, now: float, session_id: str | None = None) -> None:
        """The service takes audio: hand it what has waited."""
        self.transition(Transition.READY)
        self.report(SessionStarted(session_id=session_id))
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        for each in waiting:
            match each:
                case bytes():
                    self.on_audio(each, now=now)
                case str():
                    self.on_flush(each, now=now)
                case None:
                    self.finish(now=now)

    def finished(self) -> None:
        """All results are here."""
        self.transition(Transition.FINISHED)
        self.report(Finished())

    def fail(self, error: BridgeError) -> None:
        """The session ended without being finished."""
        token = self.token
        if token and token in error.message:  # some services repeat what they do not accept
            error = type(error)(error.message.replace(token, "***"), provider=error.provider)
        self._messages.clear()
        self._waiting.clear()
        self._message_bytes = self._waiting_bytes = 0
        self.transition(Transition.FAILED)
        self.report(Failed(error=error))

    # The rest of ``ClientProtocol``.

    @property
    def state(self) -> State:
        """Where the session is."""
        return self._life.state

    @property
    def waiting_bytes(self) -> int:
        """Size of what is to be sent and was not fetched yet."""
        return self._message_bytes + self._waiting_bytes

    def receive_open(self, *, now: float) -> None:
        """The websocket is open."""
        self.transition(Transition.OPENED)
        self.on_open(now=now)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio in ``audio_format``. Before the service is ready it is kept."""
        if self._may_send("send audio"):
            self.on_audio(pcm, now=now)
        else:
            self._waiting.append(pcm)
            self._waiting_bytes += len(pcm)

    def flush(self, flush_id: str, *, now: float) -> None:
        """Ask for a final of what was heard so far; answered by ``FlushDone``."""
        if not self.can_flush:
            raise LifecycleError("the service cannot flush", provider=self.provider)
        if self._may_send("flush"):
            self.on_flush(flush_id, now=now)
        else:
            self._waiting.append(flush_id)

    def finish(self, *, now: float) -> None:
        """No more audio will come; answered by ``Finished``."""
        if self._may_send("finish"):
            self.transition(Transition.FINISH)
            self.on_finish(now=now)
        else:
            self._waiting.append(None)

    def _may_send(self, what: str) -> bool:
        """Whether the service is ready; False lets the caller wait for it."""
        if self.state in {State.LISTENING, State.CONNECTED}:
            return True
        if self.state is State.FINISHING or self.state.is_over or None in self._waiting:
            raise LifecycleError(
                f"a session that is {self.state} cannot {what}", provider=self.provider
            )
        return False

    def receive_message(self, message: Message, *, now: float) -> None:
        """A message came. What follows the end of the session is passed over."""
        if self.state.is_over:
            return
        try:
            if isinstance(message, bytes):
                raise self.unreadable("a binary message, where only text is defined")
            self.on_message(message, now=now)
        except RemoteError as error:
            self.fail(error)

    def receive_close(self, *, code: int | None, reason: str) -> None:
        """The websocket was closed by the service, or broke (``code`` None)."""
        if not self.state.is_over:
            self.on_close(code=code, reason=reason)

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """Only who sends a request gets an answer."""
        raise LifecycleError("no request was sent", provider=self.provider)

    def receive_failure(self, error: BridgeError) -> None:
        """The websocket could not be opened, or the request not be sent."""
        self.fail(error)

    def messages_to_send(self) -> list[Message]:
        """What is to be sent now, in order. Each message is given once."""
        messages, self._messages = self._messages, []
        self._message_bytes = 0
        return messages

    def events_received(self) -> list[SessionEvent]:
        """What happened, in order. Each event is given once."""
        events, self._events = self._events, []
        return events

    def unreadable(self, what: str) -> ProtocolViolationError:
        """The error for a message that the protocol does not allow."""
        return ProtocolViolationError(what, provider=self.provider)


def refused_upgrade(*, provider: str, status: int, detail: str) -> RemoteError:
    """What a websocket upgrade answered with an HTTP status means.

    The statuses are the same for every service: 401 UNAUTHORIZED and 400 INVALID_REQUEST are
    in Reson8's text, 402 and 429 in its plugin, 403 and 429 in ElevenLabs' clients.
    """
    said = f" (HTTP {status}: {detail})" if detail else f" (HTTP {status})"
    kind, text = _refusal_of(status)
    return kind(f"{text}{said}", provider=provider, status=str(status))


def _refusal_of(status: int) -> tuple[type[RemoteError], str]:
    match status:
        case 401 | 403:
            return AuthenticationError, "the service does not accept the token"
        case 402:
            return QuotaError, "the account has no credit left"
        case 429:
            return RateLimitedError, "too many sessions at once"
        case _ if status >= 500:  # noqa: PLR2004 - HTTP's own border
            return ServiceError, "the service failed"
        case _:
            return ServiceRequestError, "the service refused the session"
