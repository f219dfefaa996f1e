"""Errors in the forms that add or reconfigure an entity."""

from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from entity_forms import add_form, default_values, reconfigure_form, submit
from flows import CREATED, FORM, local_account, suggested
from servers import Server, without_index


async def test_a_name_is_required(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)

    again = await submit(hass, await add_form(hass, account), default_values("  "))

    assert (again["type"], again["errors"]) == (FORM, {"name": "required"})
    assert (await submit(hass, again, default_values()))["type"] is CREATED


async def test_an_invalid_setting_is_named_above_its_section(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    account = await local_account(hass, server, "elevenlabs")
    wrong = {**default_values(), "recognition": {"secondary_languages": ["klingon"]}}

    again = await submit(hass, await add_form(hass, account), wrong)

    assert (again["type"], again["errors"]) == (
        FORM,
        {"advanced": "invalid_setting_secondary_languages"},
    )
    assert suggested(again)["name"] == "Kitchen"
    assert suggested(again)["advanced"]["secondary_languages"] == ["klingon"]
    assert (await submit(hass, again, default_values()))["type"] is CREATED


@pytest.mark.parametrize(
    "values",
    [
        {"end_of_speech": {"source": "provider"}},
        {"end_of_speech": {"silence_ms": 99}},
        {"end_of_speech": {"speech_threshold": 0.95}},
        {"recognition": {"secondary_languages": ["xx"]}},
        {"limits": {"max_seconds_per_day": -1}},
        {"limits": {"text": "shouted"}},
    ],
)
async def test_a_value_that_the_form_does_not_offer_is_refused(
    values: Mapping[str, object],
    hass: HomeAssistant,
    server: Server,
    aioclient_mock: AiohttpClientMocker,
) -> None:
    without_index(aioclient_mock, server)
    account = await local_account(hass, server)
    form = await add_form(hass, account)

    with pytest.raises(InvalidData):
        await submit(hass, form, {**default_values(), **values})

    assert len(account.subentries) == 1


async def test_an_invalid_change_is_shown_and_nothing_is_stored(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    account = await local_account(hass, server, "elevenlabs")
    (subentry_id,) = account.subentries
    wrong = {**default_values(), "recognition": {"secondary_languages": ["klingon"]}}

    form = await reconfigure_form(hass, account, subentry_id)
    again = await submit(hass, form, wrong)

    assert again["step_id"] == "reconfigure"
    assert again["errors"] == {"advanced": "invalid_setting_secondary_languages"}
    assert account.subentries[subentry_id].title == "Local realtime server STT"
    result = await submit(hass, again, default_values())
    assert result["reason"] == "reconfigure_successful"
    assert account.subentries[subentry_id].title == "Kitchen"


@pytest.mark.parametrize(
    ("values", "key", "values_in_text"),
    [
        ({"silence_ms": 500, "speculate_ms": 600}, "speculates_too_late", ("600", "500")),
        ({"no_speech_timeout_s": 20, "max_utterance_s": 10}, "waits_too_long", ("20", "10")),
        ({"complete_silence_ms": 500}, "longer_than_extendable", ("500", "400")),
        ({"unfinished_silence_ms": 300}, "longer_than_unfinished", ("400", "300")),
    ],
)
async def test_settings_that_contradict_each_other_are_refused_with_their_values(
    values: Mapping[str, object],
    key: str,
    values_in_text: tuple[str, str],
    *,
    hass: HomeAssistant,
    server: Server,
) -> None:
    account = await local_account(hass, server)
    wrong = {**default_values(), "end_of_speech": values}

    again = await submit(hass, await add_form(hass, account), wrong)

    shown = again["description_placeholders"]
    assert (again["errors"], (shown["value"], shown["limit"])) == (
        {"advanced": key},
        values_in_text,
    )
    assert (await submit(hass, again, default_values()))["type"] is CREATED
