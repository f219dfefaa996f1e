"""A change of an entity keeps the settings that the form hides."""

from typing import Any, Final

import pytest
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from accounts import set_up, vllm_account
from custom_components.wyoming_bridge.bridge import ProviderName
from custom_components.wyoming_bridge.entity_fields import entity_fields
from custom_components.wyoming_bridge.hidden_settings import changed_entity
from entity_forms import default_values, form_of, reconfigure_form, submit
from fakes import VllmFake
from flows import suggested

BIAS: Final = {"terms": ["Villa", "Kelder"], "home_names": True}
RECOGNITION: Final = {
    "dialect": "auto",
    "prompt": "Commands.",
    "noise_reduction": "far_field",
    "secondary_languages": ["nl"],
}


@pytest.fixture
async def entry(hass: HomeAssistant, vllm: VllmFake) -> ConfigEntry:
    """Set up an entity with many settings, of which its server uses only the dialect."""
    entry = vllm_account(vllm, recognition=RECOGNITION, bias=BIAS)
    await set_up(hass, entry)
    return entry


async def test_a_new_name_changes_nothing_else(hass: HomeAssistant, entry: ConfigEntry) -> None:
    form = await reconfigure_form(hass, entry, "kitchen")

    result = await submit(hass, form, default_values("Pantry"))

    assert result["reason"] == "reconfigure_successful"
    kitchen = entry.subentries["kitchen"]
    assert kitchen.title == "Pantry"
    assert kitchen.data["bias"] == BIAS
    assert kitchen.data["recognition"] == RECOGNITION
    assert await hass.config_entries.async_unload(entry.entry_id)
    shown = suggested(await reconfigure_form(hass, entry, "kitchen"))
    assert shown["bias"] == BIAS
    assert shown["advanced"]["prompt"] == "Commands."


async def test_a_setting_that_was_hidden_when_the_form_was_opened_is_kept(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    form = await reconfigure_form(hass, entry, "kitchen")
    assert await hass.config_entries.async_unload(entry.entry_id)

    await submit(hass, form, default_values("Pantry"))

    assert entry.subentries["kitchen"].title == "Pantry"
    assert entry.subentries["kitchen"].data["bias"] == BIAS


async def test_a_setting_that_was_shown_when_the_form_was_opened_can_be_emptied(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    form = await reconfigure_form(hass, entry, "kitchen")
    await hass.config_entries.async_setup(entry.entry_id)

    await submit(hass, form, {**default_values("Pantry"), "bias": {"home_names": False}})

    assert entry.subentries["kitchen"].title == "Pantry"
    assert entry.subentries["kitchen"].data["bias"] == {"home_names": False}


@pytest.mark.parametrize(
    ("provider", "stored", "kept"),
    [
        # Scriptix takes no terms, and has none of the settings of Reson8.
        (ProviderName.SCRIPTIX, {"bias": BIAS}, {"bias": BIAS}),
        (ProviderName.SCRIPTIX, {"end_of_speech": {"speculate_ms": 100}}, None),
        (ProviderName.SCRIPTIX, {"recognition": {"filler_mode": "clean"}}, None),
        # Settings that only another release knows are kept too.
        (ProviderName.RESON8, {"recognition": {"later": 1}, "more": True}, None),
        # Empty values are not stored.
        (ProviderName.SCRIPTIX, {"bias": {"terms": []}}, {}),
        # With OpenAI's protocol this would have an effect, but no form shows it, so it is dropped.
        (ProviderName.OPENAI, {"recognition": {"bias_strength": -1}}, {}),
        # The forms show these settings, so the user has emptied them.
        (ProviderName.RESON8, {"recognition": {"custom_model_id": "kitchen"}}, {}),
        (ProviderName.ELEVENLABS, {"language": "nl", "bias": {"terms": ["Villa"]}}, {}),
    ],
)
def test_only_settings_that_the_form_of_the_protocol_hides_are_kept(
    provider: ProviderName, stored: dict[str, Any], kept: dict[str, Any] | None
) -> None:
    form = entity_fields(provider, languages=["en"])

    data = changed_entity(stored, {"name": "Pantry"}, form=form, provider=provider)

    assert data == {"name": "Pantry", **(stored if kept is None else kept)}


def test_the_settings_of_a_switch_that_is_off_are_kept() -> None:
    stored = {
        "profile": "hall",
        "override": True,
        "end_of_speech": {"source": "client", "silence_ms": 700},
    }
    # Home Assistant 2026.11 leaves out the fields that the switch hides.
    entered = {"name": "Hall", "end_of_speech": {"override": False}, "bias": {"home_names": False}}

    data = changed_entity(stored, entered, form=form_of(None), provider=None)

    assert data["override"] is False
    assert data["end_of_speech"] == stored["end_of_speech"]
