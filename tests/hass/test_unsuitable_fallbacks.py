"""Repairs for fallbacks that do not know the language of an entity."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from accounts import DOMAIN, account, set_up
from clock import advance_time
from servers import JapaneseEngine, Server, StartServer

HALL = {"fallback": ["hall"]}
ATTIC = {"fallback": ["attic"]}
ISSUE = "fallback_unsuitable_kitchen"


@pytest.fixture
async def japanese(start_server: StartServer) -> Server:
    """Start a server that knows only Japanese."""
    return await start_server(engine=JapaneseEngine())


async def test_a_changed_account_that_does_not_know_the_language_of_an_entity_is_an_issue_there(
    hass: HomeAssistant,
    server: Server,
    start_server: StartServer,
    japanese: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    hall = account(await start_server(), "local", protocol="elevenlabs", name="Hall")
    kitchen = account(server, language="en", limits=HALL)
    await set_up(hass, hall, kitchen)
    before = set(issue_registry.issues)
    url = f"{japanese.url}/elevenlabs"

    hass.config_entries.async_update_entry(hall, data={**hall.data, "url": url})
    await hass.async_block_till_done()
    issues = dict(issue_registry.issues)
    hass.config_entries.async_update_subentry(kitchen, kitchen.subentries["kitchen"], data={})
    await hass.async_block_till_done()

    assert before == set()
    (issue,) = issues.values()
    assert issue.issue_id == ISSUE
    assert issue.translation_placeholders
    assert issue.translation_placeholders["fallback"] == "Hall"
    assert not issue_registry.issues


async def test_a_fallback_whose_server_comes_back_with_another_language_is_an_issue(
    hass: HomeAssistant,
    server: Server,
    japanese: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    await japanese.pause()
    attic = account(server, "scriptix", name="Attic")
    hall = account(japanese, "local", protocol="elevenlabs", name="Hall", limits=ATTIC)
    kitchen = account(server, language="en", limits=HALL)
    await set_up(hass, attic, hall, kitchen)
    before = set(issue_registry.issues)
    await japanese.start()

    await advance_time(hass, minutes=1, seconds=1)

    assert before == set()
    assert set(issue_registry.issues) == {
        (DOMAIN, "fallback_unsuitable_hall"),
        (DOMAIN, ISSUE),
    }


@pytest.mark.parametrize("language", [{}, {"language": "en"}], ids=["any", "own"])
@pytest.mark.parametrize("reloaded", ["kitchen-account", "hall-account"])
async def test_an_issue_that_the_user_has_ignored_is_not_shown_again_after_a_reload(
    reloaded: str,
    language: dict[str, str],
    *,
    hass: HomeAssistant,
    server: Server,
    japanese: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    hall = account(japanese, "local", protocol="elevenlabs", name="Hall")
    kitchen = account(server, limits=HALL, **language)
    await set_up(hass, hall, kitchen)
    ir.async_ignore_issue(hass, DOMAIN, ISSUE, ignore=True)

    await hass.config_entries.async_reload(reloaded)
    await hass.async_block_till_done()

    assert issue_registry.issues[DOMAIN, ISSUE].dismissed_version


async def test_an_issue_stays_while_the_server_of_the_fallback_does_not_answer(
    hass: HomeAssistant, server: Server, japanese: Server, issue_registry: ir.IssueRegistry
) -> None:
    hall = account(japanese, "local", protocol="elevenlabs", name="Hall")
    kitchen = account(server, language="en", limits=HALL)
    await set_up(hass, hall, kitchen)
    await japanese.pause()
    await hass.config_entries.async_reload(hall.entry_id)
    await hass.async_block_till_done()
    while_paused = set(issue_registry.issues)

    hass.config_entries.async_update_subentry(kitchen, kitchen.subentries["kitchen"], data={})
    await hass.async_block_till_done()

    assert while_paused == {(DOMAIN, ISSUE)}
    assert not issue_registry.issues
