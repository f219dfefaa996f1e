"""How the local server emulates the services where their documentation leaves it open."""

from dataclasses import dataclass
from typing import Final, TypeVar

from ..options import Declared, option
from .engines.registry import ENGINES
from .faults import Fault

__all__ = ["Behaviour"]

_DELAYING: Final = " and ".join(f"`{row.name}`" for row in ENGINES.values() if row.can_delay_finals)


BehaviourT = TypeVar("BehaviourT", bound=Declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour(Declared):
    """The settings of the whole server and of each service."""

    allow_private_addresses: bool = option(
        False,
        doc="Whether Scriptix' stream mode may request addresses on this machine and in private "
        "networks.",
    )
    stream_pace: str = option(
        "realtime",
        choices=("realtime", "fast"),
        doc="Pace at which stream mode reads a file: as it is played, or as fast as it arrives.",
    )
    audio_timeout_s: float = option(
        60.0,
        doc="Time without audio after which a session ends, in the service's own way. Empty chunks "
        "are no audio. 0 for no limit.",
        unit="s",
        minimum=0,
        maximum=3600,
    )
    final_delay_ms: int = option(
        0,
        doc=f"Delay of each final text. Only for the engine {_DELAYING}.",
        unit="ms",
        minimum=0,
        maximum=60_000,
    )
    fault: Fault | None = None
    services: tuple[Declared, ...] = ()
    """The settings of single services, at most one of each provider's ``behaviour``."""

    def of(self, kind: type[BehaviourT]) -> BehaviourT:
        """Return the settings of one service, or its defaults."""
        return next((each for each in self.services if isinstance(each, kind)), None) or kind()
