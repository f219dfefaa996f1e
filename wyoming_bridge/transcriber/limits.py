"""How long an utterance waits for the service, and what it means when that was in vain."""

from dataclasses import dataclass

from ..errors import ConnectTimeoutError, RemoteError, StartingError
from ..events import State

__all__ = ["Limits", "not_ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long an utterance waits for the service."""

    ready_s: float = 15.0
    """From the first audio until the service takes audio; the services' own connect limit."""
    final_s: float = 5.0
    """From the endpoint until the final. The slowest service was seen to take 0.5 s."""
    answer_s: float = 1.5
    """How long a service may say nothing though an answer is due, before its session is replaced;
    twice as long for each further session, lest a service that is only slow is never heard."""
    connections: int = 3
    """How many sessions in a row may bring nothing, before the service is given up."""
    total_s: float = 30.0
    """From the endpoint until the result, whoever is asked for it; longer by as much as the audio
    came faster than it was spoken."""
    stall_s: float = 30.0
    """How long a service that is behind may take no audio at all."""
    idle_s: float = 10.0
    """Without new audio, before the audio counts as ended: a session is paid for by time. A
    microphone that is only slow never pauses for so long."""


def not_ready(state: State | None, *, limits: Limits, provider: str) -> RemoteError:
    """Why the service took no audio in time, as far as the session's state tells."""
    match state:
        case State.STARTING:
            return StartingError(
                f"the service is starting; it was not there within {limits.ready_s:g} s",
                provider=provider,
            )
        case State.LOADING:
            text = f"the service was still loading after {limits.ready_s:g} s"
        case _:
            text = f"the service was not ready within {limits.ready_s:g} s"
    return ConnectTimeoutError(text, provider=provider)
