"""A session's life, as one table; the diagram in the architecture page is made from it.

A step that a state does not list is a programming error and raises.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ..errors import LifecycleError
from ..events import State

__all__ = ["TRANSITIONS", "Lifecycle", "Transition", "diagram"]


class Transition(StrEnum):
    """What moves a session from one state to the next."""

    CONNECT = "connect"
    """The websocket is being opened."""
    START = "start"
    """The service has to be started first."""
    OPENED = "opened"
    """The websocket is open."""
    READY = "ready"
    """The service takes audio."""
    HEARD = "heard"
    """The service sent a result."""
    FINISH = "finish"
    """No more audio will come."""
    FINISHED = "finished"
    """All results are here."""
    FAIL = "fail"
    """The service or the connection failed."""


TRANSITIONS: Final[Mapping[State, Mapping[Transition, State]]] = {
    State.DISCONNECTED: {
        Transition.CONNECT: State.CONNECTING,
        Transition.START: State.STARTING,
    },
    State.STARTING: {
        Transition.CONNECT: State.CONNECTING,
        Transition.FAIL: State.ERROR,
    },
    State.CONNECTING: {
        Transition.OPENED: State.LOADING,
        Transition.START: State.STARTING,
        Transition.FAIL: State.ERROR,
    },
    State.LOADING: {
        Transition.READY: State.LISTENING,
        Transition.FAIL: State.ERROR,
    },
    State.LISTENING: {
        Transition.HEARD: State.CONNECTED,
        Transition.FINISH: State.FINISHING,
        Transition.FAIL: State.ERROR,
    },
    State.CONNECTED: {
        Transition.HEARD: State.CONNECTED,
        Transition.FINISH: State.FINISHING,
        Transition.FAIL: State.ERROR,
    },
    State.FINISHING: {
        Transition.HEARD: State.FINISHING,
        Transition.FINISHED: State.CLOSED,
        Transition.FAIL: State.ERROR,
    },
    State.CLOSED: {},
    State.ERROR: {},
}


class Lifecycle:
    """Where one session is in the table."""

    def __init__(self) -> None:
        self.state = State.DISCONNECTED

    def step(self, step: Transition) -> bool:
        """Move on; tells whether the state changed.

        Raises:
            LifecycleError: The state does not allow the step.
        """
        before = self.state
        after = TRANSITIONS[before].get(step)
        if after is None:
            raise LifecycleError(f"a session that is {before} cannot {step}")
        self.state = after
        return after is not before


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.DISCONNECTED}"]
    for state, steps in TRANSITIONS.items():
        lines += [f"    {state} --> {after}: {step}" for step, after in steps.items()]
    return "\n".join(lines)
