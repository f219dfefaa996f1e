"""The states of a session and the transitions between them, as one table.

The diagram in the architecture page is generated from the table. A transition that is not in the
table is a programming error and raises ``LifecycleError``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ..errors import LifecycleError
from ..events import State

__all__ = ["TRANSITIONS", "Transition", "after", "diagram"]


class Transition(StrEnum):
    """What changes the state of a session."""

    CONNECT = "connect"
    """The caller opens the websocket."""
    START_SERVICE = "start service"
    """The caller asks the service to start, because it is not running."""
    OPENED = "opened"
    """The websocket is open."""
    READY = "ready"
    """The service accepts audio."""
    RESULT = "result"
    """The service sent a partial or final text."""
    FINISH = "finish"
    """The caller has no more audio."""
    FINISHED = "finished"
    """The service has sent all results."""
    FAILED = "failed"
    """The service or the connection failed."""


TRANSITIONS: Final[Mapping[State, Mapping[Transition, State]]] = {
    State.DISCONNECTED: {
        Transition.CONNECT: State.CONNECTING,
        Transition.START_SERVICE: State.STARTING,
    },
    State.STARTING: {
        Transition.CONNECT: State.CONNECTING,
        Transition.FAILED: State.ERROR,
    },
    State.CONNECTING: {
        Transition.OPENED: State.LOADING,
        Transition.START_SERVICE: State.STARTING,
        Transition.FAILED: State.ERROR,
    },
    State.LOADING: {
        Transition.READY: State.LISTENING,
        Transition.FAILED: State.ERROR,
    },
    State.LISTENING: {
        Transition.RESULT: State.CONNECTED,
        Transition.FINISH: State.FINISHING,
        Transition.FAILED: State.ERROR,
    },
    State.CONNECTED: {
        Transition.RESULT: State.CONNECTED,
        Transition.FINISH: State.FINISHING,
        Transition.FAILED: State.ERROR,
    },
    State.FINISHING: {
        Transition.RESULT: State.FINISHING,
        Transition.FINISHED: State.CLOSED,
        Transition.FAILED: State.ERROR,
    },
    State.CLOSED: {},
    State.ERROR: {},
}


def after(state: State, transition: Transition) -> State:
    """Return the state that follows ``state`` after ``transition``.

    Raises:
        LifecycleError: The state does not allow the transition.
    """
    allowed = TRANSITIONS[state]
    if transition not in allowed:
        possible = ", ".join(allowed) or "nothing"
        raise LifecycleError(
            f'a session in the state "{state}" does not allow "{transition}"; allowed: {possible}'
        )
    return allowed[transition]


def diagram() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.DISCONNECTED}"]
    for state, transitions in TRANSITIONS.items():
        lines += [f"    {state} --> {after}: {each}" for each, after in transitions.items()]
    return "\n".join(lines)
