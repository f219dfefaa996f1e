"""Faults that the server can be told to have, so that tests can meet them on a real socket.

A fault has a kind and a point. Each session that comes to the point meets the fault, until it has
been met as often as it says; a session that ends before its point does not count.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...audio import PCM_16K_MONO
from ...errors import ConfigError
from ...options import Declared, option

__all__ = ["ArmedFault", "Fault", "FaultKind", "FaultPoint", "FaultWatch"]

_LONGEST_DELAY_S: Final = 600.0
"""Longer than any client waits."""

_LONGEST_AUDIO_MS: Final = 600_000
"""Ten minutes: longer than any utterance."""


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"
    """The upgrade is answered with HTTP 503."""
    CLOSE = "close"
    """The websocket is closed with code 1011; before the upgrade is answered, the connection."""
    HANG_UP = "hang_up"
    """The websocket is closed with code 1000 and no error: as if all were done."""
    RESET = "reset"
    """The connection is cut without a word: the client is sent a TCP reset."""
    HALF_OPEN = "half_open"
    """The connection stays, and nothing is read or written any more, until the client goes."""
    SILENT = "silent"
    """Messages are taken and none is sent any more, nor is the websocket closed. Pings are
    answered."""
    ERROR = "error"
    """The service says that it failed, in its own way; to an upgrade, HTTP 500."""
    RUBBISH = "rubbish"
    """A message is sent that no protocol knows how to read; to an upgrade, what is not HTTP."""
    SLOW = "slow"
    """All that is sent from then on, the upgrade's answer and the close too, is so much later."""


class FaultPoint(StrEnum):
    """When it goes wrong."""

    HANDSHAKE = "handshake"
    """Before the upgrade is answered."""
    OPEN = "open"
    """As soon as the socket is open: nothing has been said, not even a greeting."""
    AUDIO = "audio"
    """When so much of the client's audio has been heard, and before any more is; with 0, when the
    first audio comes."""
    FLUSH = "flush"
    """When the client has asked for a final, before it is worked on: a flush, commit or stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Declared):
    """One fault and when it happens."""

    kind: str = option("", choices=tuple(FaultKind), doc="What goes wrong.")
    """A ``FaultKind``; there is no default."""
    at: str | None = option(
        None,
        choices=tuple(FaultPoint),
        doc="When: before the upgrade is answered, as soon as the socket is open, after so much "
        "audio, or when a final is asked for. Unless it is said: `audio` where `after_audio_ms` "
        "is set, `handshake` for `refuse`, otherwise `open`.",
    )
    after_audio_ms: float | None = option(
        None,
        doc="With `audio`: how much of the client's audio is heard before; 0: none.",
        unit="ms",
        minimum=0,
        maximum=_LONGEST_AUDIO_MS,
    )
    nth_flush: int = option(
        1, doc="With `flush`: which of a session's flushes, commits or stops it is.", minimum=1
    )
    delay_s: float | None = option(
        None,
        doc="Of `slow`: how much later everything is sent.",
        unit="s",
        minimum=0.001,
        maximum=_LONGEST_DELAY_S,
    )
    code: str = option("", doc="Of `error`: the service's own name for it, where it has names.")
    times: int | None = option(
        None,
        doc="How many sessions meet it, of those that come to its point; none: every one.",
        minimum=1,
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ConfigError: It names the value and what is allowed.
        """
        if not self.kind:
            raise ConfigError(f"kind: is missing; allowed: {' or '.join(FaultKind)}")
        Declared.__post_init__(self)  # a class with slots is made twice: super() knows the first
        self._check_point()
        if (self.kind == FaultKind.SLOW) != (self.delay_s is not None):
            raise ConfigError("delay_s: slow needs it, and nothing else takes it")
        if self.code and self.kind != FaultKind.ERROR:
            raise ConfigError("code: only error takes it")

    @property
    def point(self) -> FaultPoint:
        """When it happens, also where that was left out."""
        if self.at is not None:
            return FaultPoint(self.at)
        if self.after_audio_ms is not None:
            return FaultPoint.AUDIO
        return FaultPoint.HANDSHAKE if self.kind == FaultKind.REFUSE else FaultPoint.OPEN

    def _check_point(self) -> None:
        point = self.point
        if self.kind == FaultKind.REFUSE and point is not FaultPoint.HANDSHAKE:
            raise ConfigError(f"at: refuse is not possible at {point}; allowed: handshake")
        if (point is FaultPoint.AUDIO) != (self.after_audio_ms is not None):
            raise ConfigError("after_audio_ms: at audio needs it, and nothing else takes it")
        if self.nth_flush != 1 and point is not FaultPoint.FLUSH:
            raise ConfigError("nth_flush: only at flush takes it")


class ArmedFault:
    """A fault that a server is set to have, and how many sessions may still meet it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._left = fault.times

    def spend(self) -> bool:
        """Whether one more session meets it; that session counts."""
        if self._left is None:
            return True
        self._left -= 1
        return self._left >= 0


class FaultWatch:
    """Tells one session when its fault is due. A session meets it once."""

    def __init__(self, armed: ArmedFault) -> None:
        self.met: Fault | None = None
        self._armed = armed
        self._fault: Fault | None = armed.fault
        self._heard_bytes = 0
        self._flushes = 0

    @property
    def kind(self) -> FaultKind:
        """What the session may have to meet, or has met."""
        return FaultKind(self._armed.fault.kind)

    def meet(self, point: FaultPoint) -> Fault | None:
        """The fault, where it is due at a point that the session has come to."""
        if not self._waits_for(point):
            return None
        if point is FaultPoint.FLUSH:
            self._flushes += 1
            if self._flushes < self._armed.fault.nth_flush:
                return None
        fault, self._fault = self._fault, None
        if not self._armed.spend():
            return None
        self.met = fault
        return fault

    def audio_before(self, pcm: bytes) -> bytes | None:
        """What of the next audio comes before the fault; None: the fault is not in it."""
        if self._fault is None or not self._waits_for(FaultPoint.AUDIO) or not pcm:
            return None
        left = PCM_16K_MONO.bytes_of(self._fault.after_audio_ms or 0) - self._heard_bytes
        self._heard_bytes += len(pcm)
        return pcm[:left] if len(pcm) >= left else None

    def _waits_for(self, point: FaultPoint) -> bool:
        return self._fault is not None and self._fault.point is point
