"""What a session's events mean as steps of a check. Time is in monotonic seconds."""

from typing import Final

from ..errors import BridgeError, one_line
from ..events import SessionEvent, SessionStarted, State, StateChanged, Warned
from ..transcriber import Result
from .steps import CheckOutcome, Step, StepName

__all__ = ["Progress"]

_WAITS: Final = {
    State.STARTING: "the service is starting ...",
    State.CONNECTING: "the service is asked for a websocket ...",
    State.LOADING: "the service is loading ...",
}
_LAST_WAIT: Final = "the service is asked what it heard ..."


class Progress:
    """One session, from its opening to its result."""

    def __init__(self, *, has_token: bool, now: float) -> None:
        self._has_token = has_token
        self._name = StepName.WEBSOCKET
        self._began = now
        self._state = State.DISCONNECTED

    def take(self, event: SessionEvent, *, now: float) -> Step | None:
        """The step that an event ends, or what it has to say."""
        match event:
            case StateChanged(state=state):
                self._state = state
                if state is State.STARTING:
                    return self.waiting(now=now)
                if state is State.LOADING:
                    return self._next(StepName.SERVICE, "it is open", now=now)
            case SessionStarted(session_id=session_id):
                token = "the token is accepted, and " if self._has_token else ""
                name = f"; it calls the session {one_line(session_id)}" if session_id else ""
                text = f"{token}the service takes audio{name}"
                return self._next(StepName.SPEECH, text, now=now)
            case Warned(text=text):
                return self._step(CheckOutcome.HINT, one_line(text), now=now)
            case _:
                pass
        return None

    def waiting(self, *, now: float) -> Step:
        """Nothing has happened for a while."""
        return self._step(CheckOutcome.WAITING, _WAITS.get(self._state, _LAST_WAIT), now=now)

    def failed(self, error: BridgeError, *, now: float) -> Step:
        """There is no result."""
        return self._step(CheckOutcome.FAILED, error.message, error=error, now=now)

    def heard(self, result: Result, *, now: float) -> Step:
        """There is one. That no word was heard is none the worse: none was said."""
        heard = one_line(result.text) or "nothing, and no word was said"
        text = f"answered after {(now - self._began) * 1000:.0f} ms; heard: {heard}"
        if result.complete:
            return self._step(CheckOutcome.OK, text, now=now)
        return self._step(CheckOutcome.HINT, f"{text} (in time for a partial only)", now=now)

    def _next(self, name: StepName, text: str, *, now: float) -> Step:
        """This step is done, another one begins."""
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
