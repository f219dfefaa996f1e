"""The parts of a client that are the same for all providers."""

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
    """The part of a client that is the same for all providers.

    A provider implements ``connect`` and the hooks below. This class keeps audio, flushes and the
    finish until the service is ready.
    """

    provider: str = ""
    """The provider's name in the configuration."""

    audio_format: AudioFormat = PCM_16K_MONO
    """The format of the audio for ``send_audio``."""

    can_flush: bool = True
    """Whether the service sends a final text on request while the session continues."""

    token: str | None = None
    """The account's token, which no error may show."""

    def __init__(self) -> None:
        self._life = Lifecycle()
        self._messages: list[Message] = []
        self._events: list[SessionEvent] = []
        self._waiting: list[bytes | str | None] = []  # audio, flush id, None for the finish
        self._waiting_bytes = 0
        self._message_bytes = 0

    # The hooks of a provider.

    def on_open(self, *, now: float) -> None:
        """Begin the session; the websocket has just been opened."""
        raise NotImplementedError

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio; the service is ready."""
        raise NotImplementedError

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text; the service is ready."""
        raise NotImplementedError

    def on_finish(self, *, now: float) -> None:
        """Request the last final text; the service is ready."""
        raise NotImplementedError

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message.

        Raises:
            RemoteError: The session has failed.
        """
        raise NotImplementedError

    def on_close(self, *, code: int | None, reason: str) -> None:
        """Fail the session: the websocket was closed before the session was finished."""
        why = f"closed with code {code}" if code else "broke"
        said = f" ({reason})" if reason else ""
        self.fail(
            ConnectionLostError(
                f"the connection {why}{said} while {self.state}", provider=self.provider
            )
        )

    def next_timeout(self) -> float | None:
        """Return None. A provider with timeouts overrides this."""
        return None

    def handle_timeout(self, *, now: float) -> None:
        """Do nothing. A provider with timeouts overrides this."""

    # For the use of a provider.

    def write(self, message: Message) -> None:
        """Queue a message for the service."""
        self._messages.append(message)
        self._message_bytes += len(message)

    def report(self, event: SessionEvent) -> None:
        """Queue an event for the caller."""
        if isinstance(event, (PartialText, FinalText)):
            self.transition(Transition.RESULT)
        self._events.append(event)

    def transition(self, transition: Transition) -> None:
        """Apply a transition, and report the new state if it differs from the previous one."""
        if self._life.apply(transition):
            self._events.append(StateChanged(state=self._life.state))

    def ready(self, *, now: float, session_id: str | None = None) -> None:
        """Report that the service accepts audio, and send what was kept until now."""
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
        """Report that the service has sent all results."""
        self.transition(Transition.FINISHED)
        self.report(Finished())

    def fail(self, error: BridgeError) -> None:
        """Report that the session failed, without the token in the error's text."""
        token = self.token
        if token and token in error.message:  # some services repeat an invalid token
            error = type(error)(error.message.replace(token, "***"), provider=error.provider)
        self._messages.clear()
        self._waiting.clear()
        self._message_bytes = self._waiting_bytes = 0
        self.transition(Transition.FAILED)
        self.report(Failed(error=error))

    # The rest of ``ClientProtocol``.

    @property
    def state(self) -> State:
        """The session's state."""
        return self._life.state

    @property
    def waiting_bytes(self) -> int:
        """Size of the data to send that the caller has not fetched yet."""
        return self._message_bytes + self._waiting_bytes

    def receive_open(self, *, now: float) -> None:
        """Take note that the websocket is open."""
        self.transition(Transition.OPENED)
        self.on_open(now=now)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio in ``audio_format``, or keep it until the service is ready."""
        if self._may_send("send audio"):
            self.on_audio(pcm, now=now)
        else:
            self._waiting.append(pcm)
            self._waiting_bytes += len(pcm)

    def flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text of the audio so far; ``FlushDone`` is the answer."""
        if not self.can_flush:
            raise LifecycleError("the service cannot flush", provider=self.provider)
        if self._may_send("flush"):
            self.on_flush(flush_id, now=now)
        else:
            self._waiting.append(flush_id)

    def finish(self, *, now: float) -> None:
        """Say that no more audio will come; ``Finished`` is the answer."""
        if self._may_send("finish"):
            self.transition(Transition.FINISH)
            self.on_finish(now=now)
        else:
            self._waiting.append(None)

    def _may_send(self, what: str) -> bool:
        """Return whether the service is ready; False means that the call has to be kept.

        Raises:
            LifecycleError: The caller has finished the session, or it is over.
        """
        if self.state in {State.LISTENING, State.CONNECTED}:
            return True
        if self.state is State.FINISHING or self.state.is_over:
            raise LifecycleError(
                f'the client cannot {what} in the state "{self.state}"', provider=self.provider
            )
        if None in self._waiting:
            raise LifecycleError(f"the client cannot {what} after finish", provider=self.provider)
        return False

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read a message of the service; after the end of the session, ignore it."""
        if self.state.is_over:
            return
        try:
            if isinstance(message, bytes):
                raise self.unreadable("the service sent a binary message; only text is defined")
            self.on_message(message, now=now)
        except RemoteError as error:
            self.fail(error)

    def receive_close(self, *, code: int | None, reason: str) -> None:
        """Take note that the websocket is closed. ``code`` is None if the connection broke."""
        if not self.state.is_over:
            self.on_close(code=code, reason=reason)

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """Raise: a client that sends HTTP requests overrides this.

        Raises:
            LifecycleError: Always.
        """
        raise LifecycleError("the client sent no HTTP request", provider=self.provider)

    def receive_failure(self, error: BridgeError) -> None:
        """Fail the session: the websocket could not be opened."""
        self.fail(error)

    def messages_to_send(self) -> list[Message]:
        """Return the messages to send now, in order. Each message is returned once."""
        messages, self._messages = self._messages, []
        self._message_bytes = 0
        return messages

    def events_received(self) -> list[SessionEvent]:
        """Return what happened, in order. Each event is returned once."""
        events, self._events = self._events, []
        return events

    def unreadable(self, what: str) -> ProtocolViolationError:
        """Return the error for a message that the protocol does not allow."""
        return ProtocolViolationError(what, provider=self.provider)


def refused_upgrade(*, provider: str, status: int, detail: str) -> RemoteError:
    """Return the error for a websocket upgrade that was answered with an HTTP status.

    The statuses mean the same for all services. 400 and 401 are in Reson8's documentation, 402 and
    429 in its own plugin, and 403 and 429 in ElevenLabs' client libraries.
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
        case _ if status >= 500:  # noqa: PLR2004 - a server error in HTTP
            return ServiceError, "the service failed"
        case _:
            return ServiceRequestError, "the service refused the session"
