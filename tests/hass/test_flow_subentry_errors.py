"""What may be wrong with an entity that is added or changed."""

from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData

from entity_forms import changed_entity, new_entity, sent, untouched
from flows import CREATED, FORM, local_account, suggested
from servers import Server


async def test_a_name_is_needed(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server)

    again = await sent(hass, await new_entity(hass, account), untouched("reson8", "  "))

    assert (again["type"], again["errors"]) == (FORM, {"name": "no_name"})
    assert (await sent(hass, again, untouched("reson8")))["type"] is CREATED


async def test_what_cannot_be_is_named_with_what_is_allowed(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server, "elevenlabs")
    wrong = {**untouched("elevenlabs"), "recognition": {"secondary_languages": ["klingon"]}}

    again = await sent(hass, await new_entity(hass, account), wrong)

    assert (again["type"], again["errors"]) == (FORM, {"base": "invalid_setting"})
    told = again["description_placeholders"]["error"]
    assert "secondary_languages: must be 2 to 3 characters, got 'klingon'" in told
    assert suggested(again)["name"] == "Kitchen"
    assert suggested(again)["recognition"]["secondary_languages"] == ["klingon"]
    assert (await sent(hass, again, untouched("elevenlabs")))["type"] is CREATED


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
async def test_what_the_form_does_not_offer_is_refused(
    values: Mapping[str, object], hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server)
    form = await new_entity(hass, account)

    with pytest.raises(InvalidData):
        await sent(hass, form, {**untouched("reson8"), **values})

    assert len(account.subentries) == 1


async def test_a_change_that_cannot_be_is_told_and_nothing_is_stored(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server, "elevenlabs")
    (subentry_id,) = account.subentries
    wrong = {**untouched("elevenlabs"), "recognition": {"secondary_languages": ["klingon"]}}

    form = await changed_entity(hass, account, subentry_id)
    again = await sent(hass, form, wrong)

    assert (again["step_id"], again["errors"]) == ("reconfigure", {"base": "invalid_setting"})
    assert account.subentries[subentry_id].title == "Local realtime server STT"
    result = await sent(hass, again, untouched("elevenlabs"))
    assert result["reason"] == "reconfigure_successful"
    assert account.subentries[subentry_id].title == "Kitchen"
