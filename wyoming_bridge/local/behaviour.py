"""How the local server plays the services where their own texts leave it open."""

from dataclasses import dataclass, field
from typing import Final

from ..options import Declared, option
from ..providers.elevenlabs.behaviour import ElevenLabsBehaviour
from ..providers.reson8.behaviour import Reson8Behaviour
from ..providers.scriptix.behaviour import ScriptixBehaviour
from .engines.registry import ENGINES
from .faults import Fault

__all__ = ["Behaviour"]

_DELAYING: Final = " and ".join(f"`{row.name}`" for row in ENGINES.values() if row.can_delay_finals)


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
    elevenlabs: ElevenLabsBehaviour = field(default_factory=ElevenLabsBehaviour)
    reson8: Reson8Behaviour = field(default_factory=Reson8Behaviour)
    scriptix: ScriptixBehaviour = field(default_factory=ScriptixBehaviour)
