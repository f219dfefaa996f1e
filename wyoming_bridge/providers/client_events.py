"""The state of a client's session, and the events that the client reports."""

from typing import Final

from ..errors import BridgeError, ProtocolViolationError
from ..events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionEvent,
    State,
    StateChanged,
    Warned,
)
from .client_hooks import ClientHooks
from .contract import Unreadable
from .lifecycle import Transition, after
from .lost_final import LostFinal

__all__ = ["ClientEvents"]

_LOST_FINAL: Final = "the service sent no final text that can be read"


class ClientEvents(ClientHooks):
    """The part of ``ClientBase`` that reports what happens in the session."""

    def __init__(self) -> None:
        self.state = State.DISCONNECTED
        """The session's state. Only ``transition`` changes it."""
        self._events: list[SessionEvent] = []
        self._has_warned = False
        self._lost_final = LostFinal()
        self.left_out: list[str] = []
        """What is wrong with each unreadable field of the current message."""

    def events_received(self) -> list[SessionEvent]:
        """Return what happened, in order. Each event is returned once."""
        events, self._events = self._events, []
        return events

    # Methods for the provider's class.

    def transition(self, transition: Transition) -> None:
        """Apply a transition, and report the new state if it differs from the previous one."""
        before, self.state = self.state, after(self.state, transition)
        if self.state is not before:
            self._events.append(StateChanged(state=self.state))

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

    def warn_of_left_out(self) -> None:
        """Report a warning of the first unreadable field of the current message, if any."""
        if self.left_out:
            self.warn_once(f"left out a field that cannot be read: {self.left_out[0]}")

    def skip(self, message: Unreadable) -> None:
        """Skip a message that cannot be read. If it is a final text, fail the session."""
        if message.is_final:
            self.fail(self.unreadable(f"a final text cannot be read: {message.why}"))
            return
        self._lost_final.skipped()
        self.warn_once(f"skipped a message that cannot be read: {message.why}")

    def finished(self) -> None:
        """Report that the service has sent all results.

        If a skipped message may have been the last final text, fail the session instead.
        """
        if self._lost_final.is_possible:
            self.fail(self.unreadable(_LOST_FINAL))
        if self.state.is_over:
            return
        self.warn_of_left_out()  # now, because the message that ends the session may lack a field
        self.transition(Transition.FINISHED)
        self.report(Finished())

    def fail(self, error: BridgeError) -> None:
        """Report that the session failed, without the token in the error's text."""
        if self.state.is_over:
            return
        token = self.token
        if token:  # some services quote an invalid token in their error text
            error = error.without(token)
        self.transition(Transition.FAILED)
        self.report(Failed(error=error))

    def unreadable(self, what: str) -> ProtocolViolationError:
        """Return the error for a message that the protocol does not allow."""
        return ProtocolViolationError(what, provider=self.provider)
