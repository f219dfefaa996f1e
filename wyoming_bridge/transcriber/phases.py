"""The life of an utterance as one table. Each transition that is not in the table is a bug."""

from enum import StrEnum
from functools import cached_property
from typing import Final

from ..errors import LifecycleError

__all__ = ["TRANSITIONS", "Phase", "Trigger", "after", "diagram"]


class Phase(StrEnum):
    """The phase of an utterance."""

    IDLE = "idle"
    """No session was opened: there is no audio yet, or no speech in it."""
    LISTENING = "listening"
    """A session was opened, and more audio is accepted."""
    ENDED = "ended"
    """The audio has ended; the transcript is not known yet."""
    INTERPRETING = "interpreting"
    """The transcript is known; the interpreter may still replace it."""
    RESOLVED = "resolved"
    """The result is known."""
    FAILED = "failed"
    """There will be no result; the error is known."""

    # Cached, because they are read for each chunk of audio. A member never changes.

    @cached_property
    def takes_audio(self) -> bool:
        """Whether audio is still accepted."""
        return self is Phase.IDLE or self is Phase.LISTENING

    @cached_property
    def needs_service(self) -> bool:
        """Whether the transcript is still to come from a service."""
        return self.takes_audio or self is Phase.ENDED

    @cached_property
    def is_over(self) -> bool:
        """Whether the outcome is known."""
        return self is Phase.RESOLVED or self is Phase.FAILED


class Trigger(StrEnum):
    """What moves an utterance to another phase."""

    CONNECT = "connect"
    """The first session is opened."""
    END = "end"
    """The utterance's audio ended. ``Ending`` lists the reasons."""
    INTERPRET = "interpret"
    """The transcript is known, and the interpreter is asked about it."""
    RESOLVE = "resolve"
    """The result is known, complete or not."""
    FAIL = "fail"
    """No profile has a result, the time is up, or the caller gave up."""


TRANSITIONS: Final[dict[Phase, dict[Trigger, Phase]]] = {
    Phase.IDLE: {
        Trigger.CONNECT: Phase.LISTENING,
        Trigger.END: Phase.ENDED,
        Trigger.FAIL: Phase.FAILED,
    },
    Phase.LISTENING: {
        Trigger.END: Phase.ENDED,
        Trigger.INTERPRET: Phase.INTERPRETING,
        Trigger.RESOLVE: Phase.RESOLVED,
        Trigger.FAIL: Phase.FAILED,
    },
    Phase.ENDED: {
        Trigger.INTERPRET: Phase.INTERPRETING,
        Trigger.RESOLVE: Phase.RESOLVED,
        Trigger.FAIL: Phase.FAILED,
    },
    Phase.INTERPRETING: {Trigger.RESOLVE: Phase.RESOLVED, Trigger.FAIL: Phase.FAILED},
    Phase.RESOLVED: {},
    Phase.FAILED: {},
}


def after(phase: Phase, trigger: Trigger) -> Phase:
    """Return the phase that follows ``phase`` after ``trigger``.

    Raises:
        LifecycleError: The table has no such transition.
    """
    following = TRANSITIONS[phase].get(trigger)
    if following is None:
        raise LifecycleError(f"an utterance that is {phase} cannot {trigger}")
    return following


def diagram() -> str:
    """Return the table as a Mermaid state diagram."""
    rows = ["stateDiagram-v2", f"    [*] --> {Phase.IDLE}"]
    for phase, transitions in TRANSITIONS.items():
        rows += [f"    {phase} --> {to}: {trigger}" for trigger, to in transitions.items()]
    return "\n".join(rows)
