"""How long an utterance waits for the service, and the error when the service is not ready."""

from dataclasses import dataclass

from ..errors import ConnectTimeoutError, ErrorText, RemoteError, StartingError
from ..events import State
from ..options import option
from ..providers.contract import OPEN_TIMEOUT_S

__all__ = ["Limits", "not_ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long an utterance waits for the service.

    The declared ranges are those of the configuration. Code that uses the package may exceed them.
    """

    ready_s: float = option(
        OPEN_TIMEOUT_S,
        doc="Longest time until the service is ready for audio. While audio arrives, a service "
        "that cannot be reached is tried again and again; the time begins at the end of the audio.",
        unit="s",
        minimum=1,
        maximum=60,
    )
    final_s: float = option(
        5.0,
        doc="Longest time until the final text after the end of the utterance. After that, a "
        "fallback is tried.",
        unit="s",
        minimum=0.5,
        maximum=60,
    )
    """The slowest service took 0.5 s in measurements."""
    answer_s: float = option(
        3.0,
        doc="Longest silence of the service while an answer is due. After that, a new session "
        "gets all audio again that has no final text, and the session that answers first counts. "
        "The time doubles with each new session. It is longer if the service took longer for one "
        "of its last four answers.",
        unit="s",
        minimum=0.2,
        maximum=60,
    )
    """Slow services took 2 s."""
    alive_s: float = 1.25
    """Longest time without a message or an answer to a ping, if the service answers pings. After
    that, a second session is opened. Pings are 0.5 to 0.6 s apart."""
    connections: int = 5
    """How many sessions in a row may get audio and fail without a final before the profile is given
    up. With 1, no session is replaced, whatever the error."""
    trouble_s: float = 1.0
    """How long a profile may have no working session before its fallback is tried too."""
    total_s: float = option(
        30.0,
        doc="Longest time until the transcript after the end of the utterance, including "
        "fallbacks. If audio arrives faster than real time, the saved time is added.",
        unit="s",
        minimum=1,
        maximum=120,
    )
    interpret_s: float = 2.0
    """Longest time that the interpreter may take for the transcript. After that, the transcript is
    not changed. A Raspberry Pi 4 is estimated to need 0.6 s for a command."""
    stall_s: float = 30.0
    """Longest time in which a service accepts no audio although audio is waiting. After that, the
    session is replaced."""
    idle_s: float = option(
        10.0,
        doc="Longest time without audio from the client. After that, the utterance ends, with an "
        "error if it has words, because they may be half a command.",
        unit="s",
        minimum=1,
        maximum=60,
    )
    """The limit matters because services charge for the time of a session. Even a slow microphone
    is not expected to pause for this long."""


def not_ready(state: State | None, *, limit_s: float, provider: str) -> RemoteError:
    """Return the error for a service that was not ready in time; ``state`` is its last state."""
    kind: type[RemoteError]
    match state:
        case State.STARTING:
            kind, text = StartingError, ErrorText.NOT_STARTED
        case State.LOADING:
            kind, text = ConnectTimeoutError, ErrorText.STILL_LOADING
        case _:
            kind, text = ConnectTimeoutError, ErrorText.NOT_READY
    return kind(text, provider=provider, seconds=f"{limit_s:g}")
