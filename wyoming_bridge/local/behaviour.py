"""How the local server plays the services where their own texts leave it open."""

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
    """All services at once."""

    allow_private_addresses: bool = option(
        False,
        doc="Whether Scriptix' stream mode may fetch from this machine and from private networks.",
    )
    stream_pace: str = option(
        "realtime",
        choices=("realtime", "fast"),
        doc="How fast stream mode hears a file: as it is played, or as fast as it comes.",
    )
    final_delay_ms: int = option(
        0,
        doc=f"How long the engine takes for each final. Only for {_DELAYING}.",
        unit="ms",
        minimum=0,
        maximum=60_000,
    )
    fault: Fault | None = None
    services: tuple[Declared, ...] = ()
    """What is set for single services: at most one value of each provider's ``behaviour``."""

    def of(self, kind: type[BehaviourT]) -> BehaviourT:
        """Return what is set for the service with this kind of behaviour, or its defaults."""
        return next((each for each in self.services if isinstance(each, kind)), None) or kind()
