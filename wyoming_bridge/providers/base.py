"""The parts of a client that are the same for all providers."""

from typing import Final

from ..errors import (
    BridgeError,
    ConnectionLostError,
    ErrorText,
    LifecycleError,
    ProtocolViolationError,
    RemoteError,
)
from ..events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
    Warned,
)
from .client_hooks import ClientHooks
from .contract import HttpAnswer, Message, Unreadable
from .lifecycle import Transition, after
from .lost_final import LostFinal
from .outgoing import Outgoing
from .reports import kind_of, read_text

__all__ = ["ClientBase"]

_READY_STATES: Final = frozenset({State.LISTENING, State.CONNECTED})
_LOST_FINAL: Final = "the service sent no final text that can be read"


class ClientBase(ClientHooks):
    """The base class of all clients.

    A provider's class implements ``connect`` and the hooks of ``ClientHooks``. Until the service is
    ready, this class keeps the audio, the flushes and the request to finish.
    """

    def __init__(self) -> None:
        self.state = State.DISCONNECTED
        """The session's state. Only ``transition`` changes it."""
        self._outgoing = Outgoing()
        self._events: list[SessionEvent] = []
        self._has_warned = False
        self._lost_final = LostFinal()
        self.left_out: list[str] = []
        """What is wrong with each unreadable field of the current message."""

    def on_close(self, *, code: int | None, reason: str) -> None:
        """Fail the session, because the websocket was closed before the last result."""
        report = read_text(reason)
        kind = kind_of(report) or ConnectionLostError
        text = ErrorText.CLOSED_WITH_CODE if code else ErrorText.BROKE
        self.fail(
            kind(
                ErrorText.CLOSED_SAYING if code and report.message else text,
                provider=self.provider,
                retry_after_s=report.retry_after_s,
                code=str(code),
                answer=report.message,
                state=self.state,
            )
        )

    # Methods for the provider's class.

    def write(self, message: Message) -> None:
        """Queue a message for the service."""
        self._outgoing.write(message)

    def report(self, event: SessionEvent) -> None:
        """Queue an event for the caller.

        If a skipped message may have been the final text that was requested, ``FlushDone`` is not
        queued, and the session fails. After the end of the session, results and warnings are
        dropped.
        """
        if self.state.is_over and not isinstance(event, (Failed, Finished, StateChanged)):
            return
        match event:
            case PartialText(text=text):
                self.transition(Transition.RESULT)
                self._lost_final.partial(text)
            case FinalText():
                self.transition(Transition.RESULT)
                self._lost_final.final()
            case FlushDone() if self._lost_final.is_possible:
                self.fail(self.unreadable(_LOST_FINAL))
                return
            case _:
                pass
        self._events.append(event)

    @property
    def has_open_text(self) -> bool:
        """Whether a partial text has words that no final text has confirmed yet."""
        return self._lost_final.has_open_text

    def warn_once(self, text: str) -> None:
        """Report a warning, unless this method has reported one before in this session."""
        if not (self._has_warned or self.state.is_over):
            self._has_warned = True
            self.report(Warned(text=text))

    def _warn_of_left_out(self) -> None:
        if self.left_out:
            self.warn_once(f"left out a field that cannot be read: {self.left_out[0]}")

    def skip(self, message: Unreadable) -> None:
        """Skip a message that cannot be read. If it is a final text, fail the session."""
        if message.is_final:
            self.fail(self.unreadable(f"a final text cannot be read: {message.why}"))
            return
        self._lost_final.skipped()
        self.warn_once(f"skipped a message that cannot be read: {message.why}")

    def transition(self, transition: Transition) -> None:
        """Apply a transition, and report the new state if it differs from the previous one."""
        before, self.state = self.state, after(self.state, transition)
        if self.state is not before:
            self._events.append(StateChanged(state=self.state))

    def ready(
        self, *, now: float, session_id: str | None = None, server: str | None = None
    ) -> None:
        """Report that the service accepts audio, then send the audio and the requests that waited.

        ``server`` is the kind of server that answered, if several kinds speak the protocol.
        """
        self.transition(Transition.READY)
        found = self.capabilities if server else None
        self.report(
            SessionStarted(
                session_id=session_id,
                server=server,
                capabilities=found,
                unused_settings=self.unused_settings,
            )
        )
        for each in self._outgoing.take_waiting():
            match each:
                case bytes():
                    self.on_audio(each, now=now)
                case str() if self.capabilities.flush:
                    self.on_flush(each, now=now)
                case str():
                    self.warn_once("the server that answered sends no final text on request")
                case None:
                    self.finish(now=now)

    def finished(self) -> None:
        """Report that the service has sent all results.

        If a skipped message may have been the last final text, fail the session instead.
        """
        if self._lost_final.is_possible:
            self.fail(self.unreadable(_LOST_FINAL))
        if self.state.is_over:
            return
        self._warn_of_left_out()  # now, because the message that ends the session may lack a field
        self.transition(Transition.FINISHED)
        self.report(Finished())

    def fail(self, error: BridgeError) -> None:
        """Report that the session failed, without the token in the error's text."""
        if self.state.is_over:
            return
        token = self.token
        if token:  # some services quote an invalid token in their error text
            error = error.without(token)
        self._outgoing.clear()
        self.transition(Transition.FAILED)
        self.report(Failed(error=error))

    # The rest of ``ClientProtocol``.

    @property
    def waiting_bytes(self) -> int:
        """The number of bytes that the caller has not fetched yet: messages and waiting audio."""
        return self._outgoing.size

    def receive_open(self, *, now: float) -> None:
        """Take note that the websocket is open."""
        self.transition(Transition.OPENED)
        self.on_open(now=now)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio in ``audio_format``, or keep it until the service is ready."""
        if self._may_send("send audio"):
            self.on_audio(pcm, now=now)
        else:
            self._outgoing.keep(pcm)

    def flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text of the audio so far. ``FlushDone`` is reported after that text."""
        if not self.capabilities.flush:
            raise LifecycleError("the service cannot flush", provider=self.provider)
        self._lost_final.requested()
        if self._may_send("flush"):
            self.on_flush(flush_id, now=now)
        else:
            self._outgoing.keep(flush_id)

    def finish(self, *, now: float) -> None:
        """End the audio. ``Finished`` is reported after the last final text."""
        self._lost_final.requested()
        if self._may_send("finish"):
            self.transition(Transition.FINISH)
            self.on_finish(now=now)
        else:
            self._outgoing.keep(None)

    def _may_send(self, what: str) -> bool:
        """Return whether the service is ready. If not, the calling method keeps what it would send.

        Raises:
            LifecycleError: ``finish`` was called before, or the session is over.
        """
        if self.state in _READY_STATES:
            return True
        if self.state is State.FINISHING or self.state.is_over:
            raise LifecycleError(
                f'the client cannot {what} in the state "{self.state}"', provider=self.provider
            )
        if self._outgoing.has_finish:
            raise LifecycleError(f"the client cannot {what} after finish", provider=self.provider)
        return False

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read a message of the service. After the end of the session, messages are ignored."""
        if self.state.is_over:
            return
        # Some services send JSON in binary messages. Bytes that are not UTF-8 become surrogates.
        # ``JsonFields`` handles surrogates in any case, because JSON can contain them as escapes.
        text = message if isinstance(message, str) else message.decode("utf-8", "surrogateescape")
        self.left_out.clear()
        try:
            self.on_message(text, now=now)
        except ProtocolViolationError as error:
            self.skip(Unreadable(why=error.message, is_final=False))
        except RemoteError as error:
            self.fail(error)
        self._warn_of_left_out()

    def receive_close(self, *, code: int | None, reason: str) -> None:
        """Take note that the websocket is closed. ``code`` is None if the connection broke."""
        if not self.state.is_over:
            self.on_close(code=code, reason=reason)

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """Refuse the answer, because this class sends no HTTP requests.

        A client that sends them overrides this.

        Raises:
            LifecycleError: Always.
        """
        raise LifecycleError("the client sent no HTTP request", provider=self.provider)

    def receive_failure(self, error: BridgeError) -> None:
        """Fail the session, because the websocket could not be opened."""
        self.fail(error)

    def messages_to_send(self) -> list[Message]:
        """Return the messages to send now, in order. Each message is returned once."""
        return self._outgoing.take_messages()

    def events_received(self) -> list[SessionEvent]:
        """Return what happened, in order. Each event is returned once."""
        events, self._events = self._events, []
        return events

    def unreadable(self, what: str) -> ProtocolViolationError:
        """Return the error for a message that the protocol does not allow."""
        return ProtocolViolationError(what, provider=self.provider)
