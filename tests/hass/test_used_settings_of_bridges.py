"""The form of a bridge's entity shows a setting only if it has an effect with the profile."""

from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant

from bridges import Bridge, StartBridge
from custom_components.wyoming_bridge.bridge import Endpointing, options_of
from custom_components.wyoming_bridge.sections import field_names
from entity_forms import add_form, reconfigure_form, submit
from flows import ABORT, CREATED, FORM, add_account, suggested
from hiding import Required, let_fields_hide
from servers import TOKEN, Server
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.providers.scriptix import ScriptixSettings

ENDPOINT = {name for name, _ in options_of(Endpointing)}
BIAS = {"terms", "home_names"}
FIRST = {"profile", "name", "language", "override"}

IF_BRIDGE_ENDS = {"field": "source", "operator": "in", "value": ["race"]}
IF_COMMANDS_END = {"field": "commands_end_early", "operator": "in", "value": [True]}
IF_NOT_ONLY_CLIENT_ENDS = {"field": "source", "operator": "in", "value": ["race", "provider"]}

CONDITIONS = {
    "silence_ms": [IF_NOT_ONLY_CLIENT_ENDS],
    "no_speech_timeout_s": [IF_NOT_ONLY_CLIENT_ENDS],
    "commands_end_early": [IF_BRIDGE_ENDS],
    "complete_silence_ms": [IF_BRIDGE_ENDS, IF_COMMANDS_END],
    "extendable_silence_ms": [IF_BRIDGE_ENDS, IF_COMMANDS_END],
    "unfinished_silence_ms": [IF_BRIDGE_ENDS, IF_COMMANDS_END],
}
"""When Home Assistant shows the settings that depend on others, besides the switch."""

PROFILES = {
    "able": Profile(name="able", backend=LocalBackend(engine="scripted", protocol="elevenlabs")),
    "offline": Profile(name="offline", backend=LocalBackend(engine="scripted")),
}
"""Profiles that can do everything, and everything but end an utterance."""


@pytest.fixture
async def bridge(start_bridge: StartBridge, server: Server) -> Bridge:
    """Return a bridge with all profiles; ``poor`` is the profile that can do nothing."""
    bridge = await start_bridge("poor")
    scriptix = ScriptixSettings(url=f"{server.url}/scriptix", token=TOKEN, language="en")
    bridge.profiles = {**PROFILES, "poor": Profile(name="poor", backend=scriptix)}
    return bridge


async def account_of(hass: HomeAssistant, bridge: Bridge, *names: str) -> ConfigEntry:
    """Add a bridge with these profiles. The first is the profile of the account's first entity."""
    profiles = bridge.profiles
    bridge.profiles = {names[0]: profiles[names[0]]}
    await bridge.restart()
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    bridge.profiles = {name: profiles[name] for name in names}
    await bridge.restart()
    return account


def values(profile: str, **endpointing: object) -> dict[str, Any]:
    return {"name": "Attic", "profile": profile, "end_of_speech": endpointing}


def shown(form: SubentryFlowResult) -> set[str]:
    assert form["data_schema"]
    return field_names(form["data_schema"].schema) - FIRST


def sources(form: SubentryFlowResult) -> list[str]:
    assert form["data_schema"]
    section = form["data_schema"].schema["end_of_speech"].schema.schema
    options: list[str] = section["source"].config["options"]
    return options


@pytest.mark.parametrize(
    ("profile", "settings", "ends"),
    [
        ("able", ENDPOINT | BIAS, True),
        ("offline", ENDPOINT | BIAS, False),
        ("poor", ENDPOINT - {"speculate_ms"}, False),
    ],
)
async def test_a_form_has_the_settings_that_the_profile_uses(
    profile: str, settings: set[str], *, ends: bool, hass: HomeAssistant, bridge: Bridge
) -> None:
    account = await account_of(hass, bridge, profile)

    form = await submit(hass, await add_form(hass, account), values(profile, override=True))

    assert (form["type"], form["errors"]) == (FORM, {})
    assert shown(form) == settings
    assert ("provider" in sources(form)) == ends


async def test_a_switch_that_is_off_hides_its_settings(hass: HomeAssistant, bridge: Bridge) -> None:
    account = await account_of(hass, bridge, "able")
    (subentry_id,) = account.subentries
    form = await reconfigure_form(hass, account, subentry_id)
    assert shown(form) == BIAS

    form = await submit(hass, form, values("able", override=True))
    assert suggested(form)["name"] == "Attic"
    assert suggested(form)["end_of_speech"]["override"] is True
    await submit(hass, form, values("able", override=True, silence_ms=900))
    form = await reconfigure_form(hass, account, subentry_id)
    assert shown(form) == ENDPOINT | BIAS
    await submit(hass, form, values("able", override=False, silence_ms=900))

    form = await reconfigure_form(hass, account, subentry_id)
    assert shown(form) == BIAS
    form = await submit(hass, form, values("able", override=True))
    assert suggested(form)["end_of_speech"]["silence_ms"] == 900


async def test_home_assistant_hides_the_settings_itself_if_it_can(
    hass: HomeAssistant, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_fields_hide(monkeypatch)
    account = await account_of(hass, bridge, "able")

    form = await add_form(hass, account)

    assert shown(form) == ENDPOINT | BIAS
    assert form["data_schema"]
    keys = form["data_schema"].schema["end_of_speech"].schema.schema
    visible = {str(key): key.visible for key in keys if isinstance(key, Required)}
    is_on = {"field": "override", "operator": "in", "value": [True]}
    assert visible == {name: [is_on, *CONDITIONS.get(name, [])] for name in ENDPOINT}
    assert (await submit(hass, form, values("able", override=True)))["type"] is CREATED


async def test_another_profile_brings_its_settings(hass: HomeAssistant, bridge: Bridge) -> None:
    account = await account_of(hass, bridge, "poor", "able")
    form = await add_form(hass, account)
    assert shown(form) == set()

    form = await submit(hass, form, values("able"))

    assert (shown(form), suggested(form)["profile"]) == (BIAS, "able")
    assert (await submit(hass, form, values("able")))["type"] is CREATED


async def test_a_profile_with_fewer_settings_is_stored_at_once(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    account = await account_of(hass, bridge, "able", "poor")
    (subentry_id,) = account.subentries

    result = await submit(
        hass, await reconfigure_form(hass, account, subentry_id), values("poor", override=False)
    )

    assert result["type"] is ABORT
    assert account.subentries[subentry_id].data["profile"] == "poor"


async def test_a_service_that_cannot_end_an_utterance_is_not_asked_to(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    account = await account_of(hass, bridge, "able", "poor")
    form = await submit(hass, await add_form(hass, account), values("able", override=True))

    refused = await submit(hass, form, values("poor", override=True, source="provider"))

    assert refused["errors"] == {"end_of_speech": "service_ends_nothing"}
    result = await submit(hass, refused, values("poor", override=True, source="race"))
    assert result["type"] is CREATED
