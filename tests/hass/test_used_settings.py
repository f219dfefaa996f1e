"""The forms show a setting only if it has an effect at the service or the server that was found."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section

from accounts import account, set_up, vllm_account
from custom_components.wyoming_bridge.bridge import (
    PROVIDERS,
    Capabilities,
    Endpointing,
    OpenAISettings,
    ProviderName,
    SessionStarted,
    options_of,
)
from custom_components.wyoming_bridge.entity_fields import entity_fields
from custom_components.wyoming_bridge.sections import field_names
from entity_forms import add_form, reconfigure_form, submit
from fakes import VllmFake
from flows import FORM, suggested
from hiding import Required, let_fields_hide
from servers import Server
from wyoming_bridge.providers.openai.client.dialects import DIALECTS
from wyoming_bridge.providers.openai.protocol import DialectName

ALL: Final = set(ProviderName)

PROVIDERS_OF: Final = {
    **dict.fromkeys(("name", "language", "text", "repair", "max_seconds_per_day"), ALL),
    **dict.fromkeys(
        (
            *("source", "silence_ms", "commands_end_early", "complete_silence_ms"),
            *("extendable_silence_ms", "unfinished_silence_ms", "min_speech_ms"),
            *("speech_threshold", "no_speech_timeout_s", "max_utterance_s", "connect"),
        ),
        ALL,
    ),
    # Only for services that send a text on request.
    "speculate_ms": {"elevenlabs", "openai", "reson8"},
    # Only for services that take terms.
    "terms": {"elevenlabs", "openai", "reson8"},
    "home_names": {"elevenlabs", "openai", "reson8"},
    # Only for services with this setting.
    "model": {"elevenlabs"},
    "custom_model_id": {"reson8"},
    "type": {"scriptix"},
    "secondary_languages": {"elevenlabs", "openai", "reson8"},
    "diarize": {"elevenlabs", "reson8"},
    "no_verbatim": {"elevenlabs"},
    "filter_background_audio": {"elevenlabs"},
    "enable_logging": {"elevenlabs"},
    "dialect": {"openai"},
    "prompt": {"openai"},
    "noise_reduction": {"openai"},
    "bias_strength": {"reson8"},
    "filler_mode": {"reson8"},
}
"""The providers with which each setting of an entity has an effect."""

SERVICE_ENDS: Final = {"elevenlabs", "openai"}
"""The providers whose service can end an utterance."""

EVERY_SERVER: Final = {"dialect", "speculate_ms"}

SETTINGS_OF_SERVERS: Final = {
    "ga": {"secondary_languages", "prompt", "noise_reduction", "terms", "home_names"},
    "vllm": set(),
    "speaches": set(),
    "localai": {"prompt", "terms", "home_names"},
    "nim": {"prompt", "terms", "home_names"},
}
"""For each server that speaks OpenAI's protocol: which of the settings that have an effect with
``openai`` have one at this server."""

SERVERS_THAT_END: Final = {"ga", "speaches", "localai", "nim"}
"""The servers that can end an utterance."""

BIAS: Final = {"terms": ["Villa", "Kelder"], "home_names": False}

HIDDEN: Final = {"terms", "home_names", "prompt", "noise_reduction"}
"""Settings that the form hides if the server is vLLM."""


def shown(form: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the fields of a form by name, from all sections."""
    fields: dict[str, Any] = {}
    for key, field in form.items():
        fields |= shown(field.schema.schema) if isinstance(field, section) else {str(key): field}
    return fields


@pytest.mark.parametrize("provider", ProviderName)
def test_a_form_has_the_settings_that_have_an_effect_with_its_provider(
    provider: ProviderName,
) -> None:
    fields = shown(entity_fields(provider, languages=["en", "nl"]))

    assert set(fields) == {name for name, used in PROVIDERS_OF.items() if provider in used}
    assert ("provider" in fields["source"].config["options"]) == (provider in SERVICE_ENDS)


@pytest.mark.parametrize("provider", ProviderName)
def test_the_table_agrees_with_the_capabilities_of_a_provider(provider: ProviderName) -> None:
    can = PROVIDERS[provider].capabilities

    assert (provider in PROVIDERS_OF["speculate_ms"]) == can.flush
    assert (provider in PROVIDERS_OF["terms"]) == bool(can.bias_terms)
    assert (provider in SERVICE_ENDS) == can.server_vad


def test_a_setting_needs_a_capability_that_exists() -> None:
    needs = {name: each.needs for name, each in options_of(Endpointing) if each.needs}

    assert needs == {"speculate_ms": "flush"}
    assert set(needs.values()) <= set(Capabilities.__dataclass_fields__)


@pytest.mark.parametrize("dialect", DialectName)
def test_a_form_has_the_settings_that_have_an_effect_at_the_server_that_was_found(
    dialect: DialectName,
) -> None:
    row, settings = DIALECTS[dialect], OpenAISettings(url="wss://server.example", model="a-model")
    if dialect is DialectName.GA:
        settings = OpenAISettings(model="gpt-transcribe")
    server = SessionStarted(
        server=row.title,
        capabilities=row.capabilities(settings),
        unused_settings=tuple(row.ignores(settings)),
    )

    fields = shown(entity_fields(ProviderName.OPENAI, languages=["en", "nl"], server=server))

    varies = PROVIDERS_OF.keys() - {name for name, used in PROVIDERS_OF.items() if used == ALL}
    assert set(fields) & varies == EVERY_SERVER | SETTINGS_OF_SERVERS[dialect]
    assert ("provider" in fields["source"].config["options"]) == (dialect in SERVERS_THAT_END)


@pytest.mark.parametrize(
    ("model", "can_end", "takes_terms"),
    [
        (None, False, True),  # the recommended model
        ("gpt-live-transcribe", False, True),
        ("gpt-realtime-whisper", False, False),
        ("gpt-transcribe", True, True),
    ],
)
def test_a_form_has_the_settings_that_have_an_effect_with_the_model_of_openai(
    model: str | None,
    can_end: bool,  # noqa: FBT001 - a test parameter
    takes_terms: bool,  # noqa: FBT001
) -> None:
    settings = OpenAISettings(model=model)
    can = DIALECTS[DialectName.GA].capabilities(settings)
    server = SessionStarted(server="OpenAI", capabilities=can)

    fields = shown(entity_fields(ProviderName.OPENAI, languages=["en", "nl"], server=server))

    assert ("provider" in fields["source"].config["options"]) == can_end
    assert ("terms" in fields) == takes_terms


@pytest.fixture
async def entry(hass: HomeAssistant, vllm: VllmFake) -> ConfigEntry:
    entry = vllm_account(vllm, bias=BIAS)
    await set_up(hass, entry)
    return entry


async def test_the_sensor_of_terms_uses_the_limit_of_the_server_that_was_found(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    sensor = hass.states.get("sensor.kitchen_names_and_terms")

    assert sensor.state == "0"
    assert sensor.attributes["left_out"] == ["Villa", "Kelder"]


@pytest.mark.parametrize(("dialect", "sent"), [("auto", 0), ("vllm", 0), ("ga", 2)])
async def test_an_entity_that_names_its_server_has_the_terms_and_settings_of_that_server(
    dialect: str, sent: int, *, hass: HomeAssistant, vllm: VllmFake
) -> None:
    entry = vllm_account(vllm, bias=BIAS, recognition={"dialect": dialect})
    await set_up(hass, entry)

    fields = shown((await reconfigure_form(hass, entry, "kitchen"))["data_schema"].schema)

    assert hass.states.get("sensor.kitchen_names_and_terms").state == str(sent)
    assert {name: name in fields for name in HIDDEN} == dict.fromkeys(HIDDEN, bool(sent))


async def test_the_form_of_an_account_has_the_settings_of_the_server_that_was_found(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    form = await add_form(hass, entry)

    fields = set(shown(form["data_schema"].schema))
    assert {"dialect", "speculate_ms"} <= fields
    assert fields.isdisjoint(HIDDEN)


async def test_the_form_of_an_account_that_did_not_load_has_the_settings_of_the_service(
    hass: HomeAssistant, vllm: VllmFake, entry: ConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)

    form = await add_form(hass, entry)

    assert {"terms", "prompt"} <= set(shown(form["data_schema"].schema))


OF_CLIENT: Final = {"silence_ms", "no_speech_timeout_s"}
OF_COMMANDS: Final = {"complete_silence_ms", "extendable_silence_ms", "unfinished_silence_ms"}


@pytest.mark.parametrize(
    ("endpointing", "hidden"),
    [
        ({"source": "client"}, {*OF_CLIENT, "commands_end_early", *OF_COMMANDS}),
        ({"source": "provider"}, {"commands_end_early", *OF_COMMANDS}),
        ({"commands_end_early": False}, OF_COMMANDS),
        ({}, set()),
    ],
)
def test_a_form_has_the_settings_that_have_an_effect_with_what_ends_an_utterance(
    endpointing: dict[str, object], hidden: set[str]
) -> None:
    stored = {"end_of_speech": endpointing}

    fields = set(shown(entity_fields(ProviderName.ELEVENLABS, languages=["en"], stored=stored)))

    assert {name for name, _ in options_of(Endpointing)} - fields == hidden


def test_home_assistant_hides_the_settings_of_the_same_section_itself_if_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_fields_hide(monkeypatch)
    stored = {"end_of_speech": {"source": "client"}}

    form = entity_fields(ProviderName.ELEVENLABS, languages=["en"], stored=stored)

    ends = form["end_of_speech"].schema.schema
    hidden = [str(key) for key in ends if isinstance(key, Required)]
    assert hidden == ["silence_ms", "commands_end_early"]
    assert set(shown(form)).isdisjoint({*OF_COMMANDS, "no_speech_timeout_s"})


async def test_a_form_is_shown_again_if_the_new_values_need_more_settings(
    hass: HomeAssistant, server: Server
) -> None:
    stored = {"source": "client", "silence_ms": 900}
    account_of_server = account(server, end_of_speech=stored)
    await set_up(hass, account_of_server)
    form = await reconfigure_form(hass, account_of_server, "kitchen")
    values = {"name": "Pantry", "end_of_speech": {"source": "race"}}

    again = await submit(hass, form, values)
    done = await submit(hass, again, values)

    assert (again["type"], again["errors"]) == (FORM, {})
    assert suggested(again)["end_of_speech"] == stored | {"source": "race"}
    assert again["data_schema"]
    assert set(shown(again["data_schema"].schema)) >= OF_CLIENT | OF_COMMANDS
    assert done["reason"] == "reconfigure_successful"


@pytest.mark.parametrize(
    ("protocol", "used"),
    [("reson8", {"bias_strength"}), ("elevenlabs", set()), ("scriptix", set())],
)
async def test_a_local_server_has_no_settings_of_the_accounts_of_a_service(
    protocol: str, used: set[str], hass: HomeAssistant, server: Server
) -> None:
    stored = {"recognition": {"custom_model_id": "kitchen"}}
    entry = account(server, "local", protocol=protocol, **stored)
    await set_up(hass, entry)

    form = await reconfigure_form(hass, entry, "kitchen")
    assert form["data_schema"]
    own = field_names(form["data_schema"].schema) & set(
        PROVIDERS[ProviderName(protocol)].form_fields
    )
    await submit(hass, form, {"name": "Attic"})

    assert own == used
    assert entry.subentries["kitchen"].data["recognition"]["custom_model_id"] == "kitchen"
