"""The declaration of a fault, and the decision when it is due in a session.

A fault has a kind and a point. It happens in each session that reaches the point, in at most
``times`` sessions. A session that ends before the point does not count.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...audio import PCM_16K_MONO
from ...errors import ConfigError
from ...options import Declared, option

__all__ = ["ArmedFault", "Fault", "FaultKind", "FaultPoint", "FaultWatch"]

_LONGEST_DELAY_S: Final = 600.0
"""The longest ``delay_s``: ten minutes, which is longer than any client waits."""

_LONGEST_AUDIO_MS: Final = 600_000
"""The longest ``after_audio_ms``: ten minutes, which is longer than any spoken command."""


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"
    """The upgrade is answered with HTTP 503."""
    CLOSE = "close"
    """The websocket is closed with code 1011. Before the upgrade, the connection is closed."""
    HANG_UP = "hang_up"
    """The websocket is closed with code 1000 and no error, as after a complete session."""
    RESET = "reset"
    """The client gets a TCP reset."""
    HALF_OPEN = "half_open"
    """The connection stays open, and nothing is read or written until the client disconnects, for
    at most ten minutes."""
    SILENT = "silent"
    """Messages are read, but no message is sent and the websocket is not closed. Pings are
    answered. Before the upgrade, this is the same as ``half_open``."""
    ERROR = "error"
    """The service sends an error in its own form. An upgrade is answered with HTTP 500."""
    RUBBISH = "rubbish"
    """A message is sent that no protocol allows. An upgrade is answered with bytes that are not
    HTTP."""
    SLOW = "slow"
    """Every message after the point is delayed. If the point is the handshake, the answer to the
    upgrade is delayed too."""


class FaultPoint(StrEnum):
    """When the fault happens."""

    HANDSHAKE = "handshake"
    """Before the upgrade is answered."""
    OPEN = "open"
    """As soon as the socket is open, before the first message of the service."""
    AUDIO = "audio"
    """After ``after_audio_ms`` of the client's audio, before the engine gets more. With 0, when the
    first audio arrives."""
    FLUSH = "flush"
    """When the client has requested a final with a flush, commit or stop, before the engine gets
    the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Declared):
    """One fault and when it happens. An invalid fault cannot be created."""

    kind: str = option("", choices=tuple(FaultKind), doc="What goes wrong.")
    """A ``FaultKind``; there is no default."""
    at: str | None = option(
        None,
        choices=tuple(FaultPoint),
        doc="When the fault happens: before the upgrade is answered, as soon as the socket is "
        "open, after an amount of audio, or when a final is requested. The default is `audio` if "
        "`after_audio_ms` is set, `handshake` for `refuse`, and `open` otherwise.",
    )
    after_audio_ms: float | None = option(
        None,
        doc="With `audio`: how much of the client's audio the engine gets before the fault.",
        unit="ms",
        minimum=0,
        maximum=_LONGEST_AUDIO_MS,
    )
    nth_flush: int = option(
        1,
        doc="With `flush`: the fault happens at this flush, commit or stop of the session; 1 is "
        "the first.",
        minimum=1,
    )
    delay_s: float | None = option(
        None,
        doc="For `slow`: delay of each message after the point. With `handshake`, the answer to "
        "the upgrade is delayed too.",
        unit="s",
        minimum=0.001,
        maximum=_LONGEST_DELAY_S,
    )
    code: str = option("", doc="For `error`: the code of the error, if the service has codes.")
    times: int | None = option(
        None,
        doc="Number of sessions in which the fault happens. If absent: every session.",
        minimum=1,
    )

    def __post_init__(self) -> None:
        """Check each value, and the values together.

        Raises:
            ConfigError: A value is invalid. The message names it and what is allowed.
        """
        if not self.kind:
            raise ConfigError(f"kind: is missing; allowed: {' or '.join(FaultKind)}")
        Declared.__post_init__(self)  # super() fails with slots before Python 3.14
        self._check_point()
        if (self.kind == FaultKind.SLOW) != (self.delay_s is not None):
            raise ConfigError("delay_s: is required for slow and not allowed for other kinds")
        if self.code and self.kind != FaultKind.ERROR:
            raise ConfigError("code: is allowed only with 'kind: error'")

    @property
    def point(self) -> FaultPoint:
        """When the fault happens: the value of ``at``, or its default."""
        if self.at is not None:
            return FaultPoint(self.at)
        if self.after_audio_ms is not None:
            return FaultPoint.AUDIO
        return FaultPoint.HANDSHAKE if self.kind == FaultKind.REFUSE else FaultPoint.OPEN

    def _check_point(self) -> None:
        point = self.point
        if self.kind == FaultKind.REFUSE and point is not FaultPoint.HANDSHAKE:
            raise ConfigError(f"at: must be handshake for refuse, got {point}")
        if (point is FaultPoint.AUDIO) != (self.after_audio_ms is not None):
            raise ConfigError(
                "after_audio_ms: is required with 'at: audio', and not allowed otherwise"
            )
        if self.nth_flush != 1 and point is not FaultPoint.FLUSH:
            raise ConfigError("nth_flush: is allowed only with 'at: flush'")


class ArmedFault:
    """The fault of a server, and the number of sessions in which it may still happen."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._left = fault.times

    def spend(self) -> bool:
        """Return whether the fault may happen in one more session. If so, count the session."""
        if self._left is None:
            return True
        self._left -= 1
        return self._left >= 0


class FaultWatch:
    """Decides when the fault is due in one session, at most once."""

    def __init__(self, armed: ArmedFault) -> None:
        self.happened: Fault | None = None
        self._armed = armed
        self._fault: Fault | None = armed.fault
        self._fed_bytes = 0
        self._flushes = 0

    @property
    def kind(self) -> FaultKind:
        """The kind of the fault, before and after it happens."""
        return FaultKind(self._armed.fault.kind)

    def due_at(self, point: FaultPoint) -> Fault | None:
        """Return the fault if it is due at a point that the session has reached."""
        if not self._waits_for(point):
            return None
        if point is FaultPoint.FLUSH:
            self._flushes += 1
            if self._flushes < self._armed.fault.nth_flush:
                return None
        fault, self._fault = self._fault, None
        if not self._armed.spend():
            return None
        self.happened = fault
        return fault

    def audio_before(self, pcm: bytes) -> bytes | None:
        """Return the part of ``pcm`` before the fault; None if the fault is not due in ``pcm``."""
        if self._fault is None or not self._waits_for(FaultPoint.AUDIO) or not pcm:
            return None
        left = PCM_16K_MONO.bytes_of(self._fault.after_audio_ms or 0) - self._fed_bytes
        self._fed_bytes += len(pcm)
        return pcm[:left] if len(pcm) >= left else None

    def _waits_for(self, point: FaultPoint) -> bool:
        return self._fault is not None and self._fault.point is point
