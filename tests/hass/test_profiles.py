"""The conversion of stored accounts and entities to the package's types."""

import pytest

from custom_components.wyoming_bridge.account_settings import bridge_address, settings_of
from custom_components.wyoming_bridge.addresses import websocket_url
from custom_components.wyoming_bridge.bridge import (
    PROVIDERS,
    ConfigError,
    ElevenLabsSettings,
    Endpointing,
    EndpointSource,
    OpenAISettings,
    ProviderName,
    RepairMode,
    TextStyle,
)
from custom_components.wyoming_bridge.profiles import new_profile

ACCOUNT = {"provider": "elevenlabs", "token": "t0k3n"}


@pytest.mark.parametrize(
    ("entered", "url"),
    [
        ("192.0.2.1:8765", "ws://192.0.2.1:8765"),
        ("http://attic:8765", "ws://attic:8765"),
        ("HTTPS://attic/", "wss://attic"),
        (" ws://attic/reson8/ ", "ws://attic/reson8"),
        ("wss://attic", "wss://attic"),
        ("ftp://attic", "ftp://attic"),
        ("ws://", "ws://"),
    ],
)
def test_an_address_may_be_written_in_several_ways(entered: str, url: str) -> None:
    assert websocket_url(entered) == url
    assert websocket_url(url) == url


@pytest.mark.parametrize("name", ProviderName)
def test_an_account_without_an_address_uses_the_services_own(name: ProviderName) -> None:
    settings = settings_of({"provider": name.value, "token": "t0k3n"}, {})

    assert settings == PROVIDERS[name].settings(token="t0k3n")


def test_the_model_of_an_account_is_that_of_its_entities() -> None:
    account = {"provider": "openai", "url": "ws://gpu.lan:8000", "model": "voxtral"}
    data = {"recognition": {"dialect": "vllm"}}

    assert new_profile("kitchen", account, data).backend == OpenAISettings(
        url="ws://gpu.lan:8000",
        plain_ws_hosts=("gpu.lan",),
        model="voxtral",
        dialect="vllm",
    )


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("ws://192.0.2.1:8765", "ws://192.0.2.1:8765/scriptix"),
        ("ws://192.0.2.1:8765/behind/a/proxy", "ws://192.0.2.1:8765/behind/a/proxy"),
    ],
)
def test_a_local_server_is_used_at_the_path_of_its_protocol_unless_one_is_given(
    url: str, base: str
) -> None:
    settings = settings_of({"provider": "local", "protocol": "scriptix", "url": url}, {})

    assert settings.url == base
    assert settings.plain_ws_hosts == ("192.0.2.1",)  # because the user has entered ws://


@pytest.mark.parametrize("address", [{}, {"url": None}, {"url": ""}, {"url": "  "}])
@pytest.mark.parametrize("protocol", ProviderName)
def test_a_local_server_without_an_address_is_refused(
    protocol: ProviderName, address: dict[str, str | None]
) -> None:
    account = {"provider": "local", "protocol": protocol.value, "token": "t0k3n", **address}

    with pytest.raises(ConfigError, match=r"^url: must be the address of the server"):
        settings_of(account, {})
    with pytest.raises(ConfigError, match=r"^url: "):
        new_profile("kitchen", account, {"recognition": {"url": "wss://api.elevenlabs.io"}})


@pytest.mark.parametrize("url", ["", "  "])
def test_a_blank_address_of_a_custom_server_is_not_the_services_own(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^url: "):
        settings_of({**ACCOUNT, "url": url}, {})


@pytest.mark.parametrize(
    ("account", "setting"),
    [
        ({"provider": "local", "url": "ws://attic"}, "protocol"),
        ({"provider": "local", "url": "ws://attic", "protocol": "klingon"}, "protocol"),
        ({"provider": "klingon"}, "provider"),
        ({}, "provider"),
    ],
)
def test_an_account_of_an_unknown_service_is_refused_with_those_that_exist(
    account: dict[str, str], setting: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{setting}: must be one of elevenlabs, openai, reson8"):
        settings_of(account, {})


@pytest.mark.parametrize(
    ("address", "setting"),
    [
        ({"port": 10300}, "host"),
        ({"host": " ", "port": 10300}, "host"),
        ({"host": 5, "port": 10300}, "host"),
        ({"host": "attic"}, "port"),
        ({"host": "attic", "port": 0}, "port"),
        ({"host": "attic", "port": 65536}, "port"),
        ({"host": "attic", "port": "10300"}, "port"),
        ({"host": "attic", "port": float("nan")}, "port"),
    ],
)
def test_a_bridge_without_a_valid_address_is_refused(
    address: dict[str, object], setting: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{setting}: must be "):
        bridge_address({"provider": "bridge", **address})


@pytest.mark.parametrize("url", ["ftp://attic", "ws://", "ws://[::1", "ws://me@attic"])
def test_an_invalid_address_is_refused_with_the_name_of_the_setting(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^url: "):
        settings_of({**ACCOUNT, "url": url}, {})


def test_filtering_background_audio_turns_timestamps_off() -> None:
    settings = settings_of(ACCOUNT, {"filter_background_audio": True})

    assert isinstance(settings, ElevenLabsSettings)
    assert (settings.filter_background_audio, settings.include_timestamps) == (True, False)


def test_an_entity_without_settings_has_the_packages_defaults_and_the_text_style_for_commands() -> (
    None
):
    profile = new_profile("kitchen", ACCOUNT, {})

    assert profile.backend == ElevenLabsSettings(token="t0k3n")
    assert profile.endpointing == Endpointing()
    assert (profile.text_style, profile.fallback) == (TextStyle.COMMANDS, ())
    assert profile.repair_mode is RepairMode.OFF
    assert profile.max_seconds_per_day is None


def test_transcripts_of_a_local_server_are_repaired_with_care_unless_the_user_chooses() -> None:
    local = {"provider": "local", "protocol": "reson8", "url": "ws://attic"}

    assert new_profile("kitchen", local, {}).repair_mode is RepairMode.CAREFUL
    off = new_profile("kitchen", local, {"limits": {"repair": "off"}})
    assert off.repair_mode is RepairMode.OFF


def test_all_stored_settings_of_an_entity_are_in_its_profile() -> None:
    stored = {
        "language": "nl",
        "recognition": {"secondary_languages": ["de"], "no_verbatim": True},
        "end_of_speech": {"source": "provider", "silence_ms": 700},
        "bias": {"terms": ["attic"], "home_names": True},
        "limits": {
            "text": "as_is",
            "repair": "careful",
            "max_seconds_per_day": 60,
            "fallback": ["hall", "attic"],
        },
    }

    profile = new_profile("kitchen", ACCOUNT, stored)

    assert profile.backend == ElevenLabsSettings(
        token="t0k3n", language="nl", secondary_languages=("de",), no_verbatim=True
    )
    assert (profile.endpointing.source, profile.endpointing.silence_ms) == (
        EndpointSource.PROVIDER,
        700,
    )
    assert (profile.text_style, profile.fallback) == (TextStyle.AS_IS, ("hall", "attic"))
    assert profile.max_seconds_per_day == 60
    assert profile.repair_mode is RepairMode.CAREFUL


@pytest.mark.parametrize(
    ("name", "allowed"), [("text", "as_is, commands"), ("repair", "off, careful, on")]
)
def test_a_stored_choice_that_does_not_exist_is_refused_with_those_that_do(
    name: str, allowed: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: must be one of {allowed}, got 'maybe'$"):
        new_profile("kitchen", ACCOUNT, {"limits": {name: "maybe"}})


@pytest.mark.parametrize(
    ("stored", "source"),
    [
        ({"endpointing": "client", "open": "on_speech"}, "client"),
        ({"endpointing": "client", "source": "provider", "connect": "on_speech"}, "provider"),
    ],
)
def test_a_setting_stored_with_its_former_name_still_applies(
    stored: dict[str, str], source: str
) -> None:
    profile = new_profile("kitchen", ACCOUNT, {"end_of_speech": stored})

    assert profile.endpointing == Endpointing(source=source, connect="on_speech")
