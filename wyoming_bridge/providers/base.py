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
from ..events import SessionStarted, State
from .client_events import ClientEvents
from .contract import HttpAnswer, Message, Unreadable
from .lifecycle import Transition
from .outgoing import Outgoing
from .reports import kind_of, read_text

__all__ = ["ClientBase"]

_READY_STATES: Final = frozenset({State.LISTENING, State.CONNECTED})


class ClientBase(ClientEvents):
    """The base class of all clients.

    A provider's class implements ``connect`` and the hooks of ``ClientHooks``. Until the service is
    ready, this class keeps the audio, the flushes and the request to finish.
    """

    def __init__(self) -> None:
        super().__init__()
        self._outgoing = Outgoing()

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

    def fail(self, error: BridgeError) -> None:
        """Report that the session failed, and send nothing more."""
        if not self.state.is_over:
            self._outgoing.clear()
        super().fail(error)

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
        self.warn_of_left_out()

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
