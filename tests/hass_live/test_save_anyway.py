"""In a browser, a user saves a changed account although one of its entities does not work."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import DOMAIN, add_account, service_form
from browser import Person, person_at
from hass_client import items, mapping, text
from live_hass import LiveHass
from programs import LocalServer

TOKEN = "the-right-token"

HELP = (
    "The account works, but not with the settings of these entities: {entity}. Turn this on to "
    "save the account all the same, and then change those settings."
)


def server_with(folder: Path, model: str) -> LocalServer:
    """Return a server that emulates Reson8 with one custom model. It is not started yet."""
    behaviour = f"reson8: {{models: {{{model}: [extractor hood]}}}}"
    return LocalServer(folder, engine="scripted", tokens=[TOKEN], behaviour=behaviour)


@pytest.fixture
async def person(browser: str, hass: LiveHass) -> AsyncIterator[Person]:
    """Open a browser with a user who is logged in. Afterwards, remove what was added."""
    async with person_at(browser, hass.url, "en") as user:
        yield user
    for entry in await hass.client.entries(DOMAIN):
        await hass.client.remove_entry(entry.entry_id)


async def use_model(hass: LiveHass, entry_id: str, model: str) -> str:
    """Let the only entity of an account use a custom model, and return the name of the entity."""
    listed = await hass.client.command("config_entries/subentries/list", entry_id=entry_id)
    (entity,) = map(mapping, items(listed))
    form = await hass.client.start_subentry_flow(
        entry_id, "stt", reconfigure=text(entity, "subentry_id")
    )
    name = text(entity, "title")
    sections = {"end_of_speech": {}, "bias": {}, "advanced": {}}
    done = await hass.client.answer(form, name=name, custom_model_id=model, **sections)
    assert done.reason == "reconfigure_successful", done
    return name


async def test_a_user_saves_an_account_although_an_entity_fails(
    person: Person, hass: LiveHass, folder: Path
) -> None:
    say, ours = person.words.home_assistant, person.words.ours
    async with server_with(folder, "kitchen") as one, server_with(folder, "hall") as other:
        answers = service_form("reson8", one, token=TOKEN)
        account = await add_account(hass, "reson8", **answers)
        entity = await use_model(hass, account.entry_id, "kitchen")

        await person.go_to(say("Devices & services"))
        await person.click("Wyoming Bridge")
        await person.choose_for_account(say("Reconfigure"))
        await person.fill_in(ours("Address"), other.url("reson8"))
        await person.press(say("Submit", within="config_flow"))
        await person.sees(ours(HELP, entity=entity))
        await person.click(ours("Save anyway"))
        await person.press(say("Submit", within="config_flow"))
        await person.sees(say("Reconfiguration was successful"))

    (entry,) = await hass.client.entries(DOMAIN)
    assert (entry.entry_id, entry.state) == (account.entry_id, "loaded")
