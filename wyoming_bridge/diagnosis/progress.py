"""Turns the events of a session into steps of a check. Time is in monotonic seconds."""

from typing import Final

from ..errors import BridgeError, one_line
from ..events import SessionEvent, SessionStarted, State, StateChanged, Warned
from ..transcriber import Result
from .steps import CheckOutcome, Step, StepName

__all__ = ["Progress"]

_WAITS: Final = {
    State.STARTING: "the service is starting ...",
    State.CONNECTING: "waiting for the websocket to open ...",
    State.LOADING: "waiting until the service is ready ...",
}
_SHOWN: Final = {
    "partials": "partials",
    "flush": "flush",
    "word_times": "word times",
    "confidence": "confidence",
    "speakers": "speakers",
    "server_vad": "end of speech",
    "bias_terms": "terms",
    "languages": "language",
}
"""The capabilities that differ between servers of one protocol, and their names for the user."""

_LAST_WAIT: Final = "waiting for the transcript ..."


class Progress:
    """The progress of one session, from its opening to its result."""

    def __init__(self, *, has_token: bool, now: float) -> None:
        self._has_token = has_token
        self._name = StepName.WEBSOCKET
        self._began = now
        self._state = State.DISCONNECTED

    def take(self, event: SessionEvent, *, now: float) -> Step | None:
        """Return the step to report after an event, or None if there is nothing to report."""
        match event:
            case StateChanged(state=state):
                self._state = state
                if state is State.STARTING:
                    return self.waiting(now=now)
                if state is State.LOADING:
                    return self._next(StepName.SERVICE, "the websocket is open", now=now)
            case SessionStarted(session_id=session_id) as started:
                token = "the token is accepted, and " if self._has_token else ""
                name = f" (session {one_line(session_id)})" if session_id else ""
                text = f"{token}the service is ready for audio{name}{_server_of(started)}"
                return self._next(StepName.SPEECH, text, now=now)
            case Warned(text=text):
                return self._step(CheckOutcome.HINT, one_line(text), now=now)
            case _:
                pass
        return None

    def waiting(self, *, now: float) -> Step:
        """Return a step that describes what the check waits for."""
        return self._step(CheckOutcome.WAITING, _WAITS.get(self._state, _LAST_WAIT), now=now)

    def failed(self, error: BridgeError, *, now: float) -> Step:
        """Return the step that failed with an error."""
        return self._step(CheckOutcome.FAILED, error.message, error=error, now=now)

    def answered(self, result: Result, *, now: float) -> Step:
        """Return the last step. A transcript without words is fine, because no word was spoken."""
        words = one_line(result.text) or "(no words, as expected)"
        text = f"the service answered after {(now - self._began) * 1000:.0f} ms: {words}"
        if result.complete:
            return self._step(CheckOutcome.OK, text, now=now)
        return self._step(
            CheckOutcome.HINT, f"{text} (the final text was not received in time)", now=now
        )

    def _next(self, name: StepName, text: str, *, now: float) -> Step:
        """Return the current step as done, and begin the next one."""
        done = self._step(CheckOutcome.OK, text, now=now)
        self._name, self._began = name, now
        return done

    def _step(
        self, outcome: CheckOutcome, text: str, *, now: float, error: BridgeError | None = None
    ) -> Step:
        duration_ms = (now - self._began) * 1000
        return Step(
            name=self._name, outcome=outcome, duration_ms=duration_ms, text=text, error=error
        )


def _server_of(started: SessionStarted) -> str:
    """Return which kind of server answered and what it can do, if several kinds are possible."""
    found = started.capabilities
    if started.server is None or found is None:
        return ""
    shown = {name: bool(getattr(found, field)) for field, name in _SHOWN.items()}
    can = ", ".join(name for name, is_able in shown.items() if is_able)
    cannot = ", ".join(name for name, is_able in shown.items() if not is_able)
    server = one_line(started.server)
    return f"; the server is {server} (can: {can or 'nothing'}; cannot: {cannot or 'nothing'})"
