"""The services as the local server plays them, without a socket."""

from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.services import ElevenLabsEmulator, Reson8Emulator, ScriptixEmulator
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.testing import Accept

ANYBODY = frozenset[str]()

UNCUT = Behaviour(
    reson8=Reson8Behaviour(segment_silence_s=0, max_segment_s=0),
    scriptix=ScriptixBehaviour(final_words=1000, final_s=600),
)
"""Segments end where the client says: a cut inside a block of the scripted engine changes words."""


def service(
    name: str, *, tokens: frozenset[str] = ANYBODY, behaviour: Behaviour | None = None
) -> Accept:
    """What answers the upgrades of a service."""
    behaviour = behaviour or Behaviour()
    match ProviderName(name):
        case ProviderName.ELEVENLABS:
            return ElevenLabsEmulator(
                tokens=tokens, language="en", behaviour=behaviour.elevenlabs
            ).accept
        case ProviderName.RESON8:
            return Reson8Emulator(tokens=tokens, language="en", behaviour=behaviour.reson8).accept
        case ProviderName.SCRIPTIX:
            return ScriptixEmulator(tokens=tokens, behaviour=behaviour.scriptix).accept
