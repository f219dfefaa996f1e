"""The services as the local server plays them, without a socket."""

from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.faces import ElevenLabsFace, Reson8Face, ScriptixFace
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.testing import Accept

ANYBODY = frozenset[str]()


def service(
    name: str, *, tokens: frozenset[str] = ANYBODY, behaviour: Behaviour | None = None
) -> Accept:
    """What answers the upgrades of a service."""
    behaviour = behaviour or Behaviour()
    match ProviderName(name):
        case ProviderName.ELEVENLABS:
            return ElevenLabsFace(
                tokens=tokens, language="en", behaviour=behaviour.elevenlabs
            ).accept
        case ProviderName.RESON8:
            return Reson8Face(tokens=tokens, language="en", behaviour=behaviour.reson8).accept
        case ProviderName.SCRIPTIX:
            return ScriptixFace(tokens=tokens, behaviour=behaviour.scriptix).accept
