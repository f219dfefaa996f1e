"""What a bridge tells clients about the capabilities of its profiles."""

import pytest

from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.app.capabilities import profile_capabilities
from wyoming_bridge.capabilities import EVERYTHING, ProfileCapabilities
from wyoming_bridge.client import describe
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.extensions.info import capabilities_of
from wyoming_bridge.json_fields import JsonFields
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.openai import OpenAISettings
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings

TOKEN = "t0k3n"


def capabilities(*names: str) -> ProfileCapabilities:
    return ProfileCapabilities.from_data(dict.fromkeys(ALL - set(names), False))


ALL = set(EVERYTHING.to_data())

BACKENDS = {
    "elevenlabs": ElevenLabsSettings(token=TOKEN),
    "reson8": Reson8Settings(token=TOKEN),
    "scriptix": ScriptixSettings(token=TOKEN),
    "openai": OpenAISettings(token=TOKEN, model="gpt-transcribe"),
    "openai whisper": OpenAISettings(token=TOKEN, model="gpt-realtime-whisper"),
    "vllm": OpenAISettings(url="wss://gpu.example", model="voxtral", dialect="vllm"),
    "detected": OpenAISettings(url="wss://gpu.example", model="voxtral"),
    "moonshine": LocalBackend(engine="moonshine"),
    "pocketsphinx": LocalBackend(engine="pocketsphinx"),
}

ABLE = {
    "elevenlabs": ALL,
    "reson8": {"flush", "bias_terms"},
    "scriptix": set(),
    "openai": ALL,
    "openai whisper": {"flush"},
    "vllm": {"flush"},
    "detected": ALL,
    "moonshine": {"flush"},
    "pocketsphinx": {"flush", "bias_terms"},
}


def profile(backend: str, *fallback: str) -> Profile:
    return Profile(name=backend, backend=BACKENDS[backend], fallback=fallback)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_profile_can_do_what_its_service_or_engine_can(backend: str) -> None:
    able = profile_capabilities(profile(backend), [profile(backend)])

    assert able == capabilities(*ABLE[backend])


def test_a_setting_has_an_effect_if_a_fallback_uses_it() -> None:
    first, second = profile("scriptix", "reson8"), profile("reson8")

    assert profile_capabilities(first, [first, second]) == capabilities("flush", "bias_terms")


async def test_a_client_learns_what_each_profile_can_do() -> None:
    profiles = (profile("scriptix"), profile("elevenlabs"))
    app = BridgeApp(Config(listen=Address(host="127.0.0.1", port=0), profiles=profiles))
    [(uri, _)] = await app.start()
    try:
        info = await describe(host="127.0.0.1", port=int(uri.rpartition(":")[2]))
    finally:
        await app.stop()

    assert [each.capabilities for each in info.profiles] == [capabilities(), EVERYTHING]


@pytest.mark.parametrize(
    "ours",
    [
        None,
        "all",
        {},
        {"profiles": []},
        {"profiles": {"kitchen": None}},
        {"profiles": {"attic": {"flush": False}}},
        {"profiles": {"kitchen": {"flush": 0, "later": False}}},
    ],
)
def test_what_a_bridge_does_not_deny_is_possible(ours: object) -> None:
    info = JsonFields({"wyoming_bridge": ours}, provider="the bridge")

    assert capabilities_of(info, "kitchen") == EVERYTHING
