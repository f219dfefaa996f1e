"""The services as the local server emulates them, without a socket."""

from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.openai.behaviour import OpenAIBehaviour
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.testing import UpgradeHandler

ANYBODY = frozenset[str]()

UNCUT = Behaviour(
    services=(
        Reson8Behaviour(segment_silence_s=0, max_segment_s=0),
        ScriptixBehaviour(final_words=1000, final_s=600),
        OpenAIBehaviour(rate_hz=16_000, agreeing_partials=1),
    )
)
"""Behaviours with which the services end no segments by themselves. A segment that ends inside a
block of the scripted engine would change the words of the engine."""


def service(
    name: str, *, tokens: frozenset[str] = ANYBODY, behaviour: Behaviour | None = None
) -> UpgradeHandler:
    """Return the function with which an emulator answers upgrades for transcription."""
    provider = PROVIDERS[ProviderName(name)]
    own = (behaviour or Behaviour()).of(provider.behaviour_class())
    emulator, *_ = provider.new_emulators(tokens, "en", own)
    return next(iter(emulator.websockets.values()))
