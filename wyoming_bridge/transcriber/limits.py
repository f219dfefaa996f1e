"""How long an utterance waits for the service, and the error when it waited in vain."""

from dataclasses import dataclass

from ..errors import ConnectTimeoutError, RemoteError, StartingError
from ..events import State

__all__ = ["Limits", "not_ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long an utterance waits for the service."""

    ready_s: float = 15.0
    """From the first audio until the service takes audio: the services' own connect limit."""
    final_s: float = 5.0
    """From the endpoint until the final. The slowest service was seen to take 0.5 s."""
    answer_s: float = 1.5
    """How long a service may be silent when an answer is due, before its session is replaced. Each
    further session may be silent for twice as long: a slow service must get a chance."""
    connections: int = 3
    """How many sessions in a row may fail without a final before the service is given up."""
    total_s: float = 30.0
    """From the endpoint until the result, with all fallbacks. Audio that came faster than it was
    spoken makes it longer by the difference."""
    stall_s: float = 30.0
    """How long a service that is behind may take no audio before its session is replaced."""
    idle_s: float = 10.0
    """Without new audio, until the audio counts as ended, because sessions are paid for by time. A
    microphone that is only slow never pauses for so long."""


def not_ready(state: State | None, *, limits: Limits, provider: str) -> RemoteError:
    """Return why the service took no audio in time, as far as the session's state shows."""
    match state:
        case State.STARTING:
            return StartingError(
                f"the service is starting; it was not ready within {limits.ready_s:g} s",
                provider=provider,
            )
        case State.LOADING:
            text = f"the service was still loading after {limits.ready_s:g} s"
        case _:
            text = f"the service was not ready within {limits.ready_s:g} s"
    return ConnectTimeoutError(text, provider=provider)
