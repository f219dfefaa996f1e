"""The new address of a known bridge is stored only if the bridge there proves its identity."""

import logging
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from accounts import bridge_account, set_up, transcribe
from announcements import ID, announced
from bridges import ACCESS_TOKEN, Bridge, StartBridge
from flows import ABORT, DOMAIN, expect_abort, submit
from foreign_servers import OTHER_PROTOCOL, OTHER_WYOMING, ForeignServers
from repair_dialogs import Repairs

ANOTHER_TOKEN = "an0ther-of-the-tests"


async def known(
    hass: HomeAssistant, bridge: Bridge, *, token: str | None = None, **data: Any
) -> MockConfigEntry:
    """Add the account of a bridge that has ``ID``. Then add ``data`` to the stored account."""
    entry = bridge_account(bridge, token=token)
    await set_up(hass, entry)
    assert entry.unique_id == ID
    hass.config_entries.async_update_entry(entry, data={**entry.data, **data})
    await hass.async_block_till_done()
    return entry


def question(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the issue that asks whether to store a bridge's new address, or None."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"bridge_moved_{entry.entry_id}")
    return issue if issue and issue.active else None


async def test_a_bridge_that_proves_itself_is_followed_and_reloaded_once(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    account = await known(
        hass, await start_bridge(token=ACCESS_TOKEN, bridge_id=ID), token=ACCESS_TOKEN
    )
    moved = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    states = async_capture_events(hass, "state_changed")

    await expect_abort(hass, await announced(hass, moved.port), "already_configured")

    assert account.data["port"] == moved.port
    assert account.data["token"] == ACCESS_TOKEN
    assert account.state is ConfigEntryState.LOADED
    assert question(hass, account) is None
    seen = [(each.data["entity_id"], each.data["new_state"].state) for each in states]
    assert seen.count(("stt.kitchen", "unavailable")) == 1


async def test_a_bridge_that_was_unavailable_is_loaded_from_its_new_address(
    hass: HomeAssistant, start_bridge: StartBridge, foreign_servers: ForeignServers
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    account = bridge_account(bridge, token=ACCESS_TOKEN, port=foreign_servers.unused_port())
    await set_up(hass, account)
    hass.config_entries.async_update_entry(account, unique_id=ID)
    assert account.state is ConfigEntryState.SETUP_RETRY

    await announced(hass, bridge.port)
    await hass.async_block_till_done()

    assert (account.data["port"], account.state) == (bridge.port, ConfigEntryState.LOADED)


async def test_without_a_token_the_user_is_asked(
    hass: HomeAssistant, start_bridge: StartBridge, repairs: Repairs
) -> None:
    account = await known(hass, await start_bridge(bridge_id=ID))
    before = dict(account.data)
    moved = await start_bridge(bridge_id=ID)

    await expect_abort(hass, await announced(hass, moved.port), "already_configured")

    assert account.data == before
    issue = question(hass, account)
    assert issue
    assert (issue.translation_key, issue.is_fixable) == ("bridge_moved", True)
    dialog = await repairs.open(f"bridge_moved_{account.entry_id}")
    assert (dialog["type"], dialog["step_id"]) == ("form", "confirm")
    assert dialog["description_placeholders"] == {
        "account": "Kitchen account",
        "old": f"127.0.0.1:{before['port']}",
        "new": f"127.0.0.1:{moved.port}",
    }
    assert (await repairs.confirm(dialog))["type"] == "create_entry"
    assert account.data == {**before, "port": moved.port}
    assert account.state is ConfigEntryState.LOADED
    assert question(hass, account) is None


@pytest.mark.parametrize(
    ("token", "said"),
    [(ANOTHER_TOKEN, "the access token is wrong"), (None, "the bridge has no access token")],
)
async def test_a_bridge_that_does_not_prove_itself_is_not_followed(
    token: str | None,
    said: str,
    *,
    hass: HomeAssistant,
    start_bridge: StartBridge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    account = await known(
        hass, await start_bridge(token=ACCESS_TOKEN, bridge_id=ID), token=ACCESS_TOKEN
    )
    before = dict(account.data)
    impostor = await start_bridge(token=token, bridge_id=ID)

    await expect_abort(hass, await announced(hass, impostor.port), "already_configured")

    assert account.data == before
    assert (await transcribe(hass)).text  # the known bridge transcribes
    issue = question(hass, account)
    assert issue
    assert issue.translation_key == "bridge_moved_unproven"
    assert said in caplog.text


async def test_the_user_can_follow_a_bridge_with_another_token_and_it_gets_no_audio(
    hass: HomeAssistant,
    start_bridge: StartBridge,
    repairs: Repairs,
    caplog: pytest.LogCaptureFixture,
) -> None:
    account = await known(
        hass, await start_bridge(token=ACCESS_TOKEN, bridge_id=ID), token=ACCESS_TOKEN
    )
    other = await start_bridge(token=ANOTHER_TOKEN, bridge_id=ID)
    with caplog.at_level(logging.DEBUG):
        await announced(hass, other.port)
        issue = question(hass, account)

        dialog = await repairs.open(f"bridge_moved_{account.entry_id}")
        await repairs.confirm(dialog)

    assert "the access token is wrong" in caplog.text
    assert account.data["port"] == other.port
    assert account.state is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"  # Home Assistant asks for the new token
    assert not [each for each in (ACCESS_TOKEN, ANOTHER_TOKEN) if each in caplog.text + str(issue)]


@pytest.mark.parametrize("reply", [OTHER_WYOMING, OTHER_PROTOCOL, None])
async def test_another_server_is_not_followed(
    reply: bytes | None,
    hass: HomeAssistant,
    start_bridge: StartBridge,
    foreign_servers: ForeignServers,
) -> None:
    account = await known(
        hass, await start_bridge(token=ACCESS_TOKEN, bridge_id=ID), token=ACCESS_TOKEN
    )
    before = dict(account.data)
    port = foreign_servers.unused_port()
    if reply is not None:
        # The server answers the first message with something else and closes the connection.
        port = await foreign_servers.start(reply, closes=True)

    await announced(hass, port)

    assert account.data == before
    issue = question(hass, account)
    assert issue
    assert issue.translation_key == "bridge_moved_unproven"


async def test_another_bridge_with_the_same_token_is_not_followed(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    account = await known(hass, bridge, token=ACCESS_TOKEN)
    other = await start_bridge(token=ACCESS_TOKEN)

    await announced(hass, other.port)

    assert account.data["port"] == bridge.port
    issue = question(hass, account)
    assert issue
    assert issue.translation_key == "bridge_moved_unproven"


async def test_a_device_that_forwards_to_the_real_bridge_is_not_followed(
    hass: HomeAssistant,
    start_bridge: StartBridge,
    foreign_servers: ForeignServers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    account = await known(hass, bridge, token=ACCESS_TOKEN)
    relay = await foreign_servers.start_relay(bridge.host, bridge.port)

    await announced(hass, relay)

    assert account.data["port"] == bridge.port
    issue = question(hass, account)
    assert issue
    assert "forwards the connection" in caplog.text


@pytest.mark.parametrize(
    ("stored", "host", "more"),
    [
        ("127.0.0.1", "127.0.0.1", []),
        ("127.0.0.1", "192.0.2.7", ["127.0.0.1"]),
        ("localhost", "127.0.0.1", []),
    ],
)
async def test_another_address_of_the_same_machine_is_not_a_move(
    stored: str, host: str, more: list[str], hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(bridge_id=ID)
    account = await known(hass, bridge, host=stored)

    result = await announced(hass, bridge.port, host=host, more_hosts=more)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data["host"] == stored
    assert question(hass, account) is None


async def test_there_is_no_question_about_an_account_that_is_not_a_bridge(
    hass: HomeAssistant,
) -> None:
    service = {"provider": "reson8", "url": "ws://127.0.0.1:9", "token": ACCESS_TOKEN}
    account = MockConfigEntry(domain=DOMAIN, data=service, unique_id=ID)
    account.add_to_hass(hass)

    result = await announced(hass, 10300)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data == service
    assert question(hass, account) is None


async def test_many_announcements_create_one_issue_about_the_newest(
    hass: HomeAssistant, start_bridge: StartBridge, repairs: Repairs
) -> None:
    account = await known(hass, await start_bridge(bridge_id=ID))
    await announced(hass, 10301)
    dialog = await repairs.open(f"bridge_moved_{account.entry_id}")
    for port in range(10302, 10320):
        await announced(hass, port)

    issues = [key for key in ir.async_get(hass).issues if key[0] == DOMAIN]
    assert len(issues) == 1
    issue = question(hass, account)
    assert issue
    assert issue.translation_placeholders
    assert issue.translation_placeholders["new"] == "127.0.0.1:10319"
    # The user confirms the address that the dialog shows, not one that was announced later.
    await repairs.confirm(dialog)
    assert account.data["port"] == 10301


async def test_an_ignored_question_stays_ignored_until_another_address_is_announced(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    account = await known(hass, await start_bridge(bridge_id=ID))
    await announced(hass, 10301)
    ir.async_ignore_issue(hass, DOMAIN, f"bridge_moved_{account.entry_id}", ignore=True)

    await announced(hass, 10301)
    same = question(hass, account)
    await announced(hass, 10302)
    other = question(hass, account)

    assert same
    assert same.dismissed_version
    assert other
    assert other.dismissed_version is None


async def test_the_question_disappears_when_the_bridge_is_back(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(bridge_id=ID)
    account = await known(hass, bridge)
    await announced(hass, 10301)
    assert question(hass, account)

    await announced(hass, bridge.port)

    assert question(hass, account) is None


async def test_the_question_disappears_when_the_user_enters_the_address(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    account = await known(hass, await start_bridge(bridge_id=ID))
    moved = await start_bridge(bridge_id=ID)
    await announced(hass, moved.port)
    assert question(hass, account)

    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": account.entry_id}
    )
    result = await submit(hass, form, {"host": moved.host, "port": moved.port})

    await expect_abort(hass, result, "reconfigure_successful")
    assert question(hass, account) is None


async def test_the_question_is_removed_with_the_account(
    hass: HomeAssistant, start_bridge: StartBridge, repairs: Repairs
) -> None:
    account = await known(hass, await start_bridge(bridge_id=ID))
    await announced(hass, 10301)
    dialog = await repairs.open(f"bridge_moved_{account.entry_id}")

    await hass.config_entries.async_remove(account.entry_id)

    assert question(hass, account) is None
    assert (await repairs.confirm(dialog))["reason"] == "account_removed"


async def test_the_question_has_the_present_name_of_the_account(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    account = await known(hass, await start_bridge(bridge_id=ID))
    await announced(hass, (await start_bridge(bridge_id=ID)).port)

    hass.config_entries.async_update_entry(account, title="Attic")
    await hass.async_block_till_done()

    issue = question(hass, account)
    assert issue
    assert issue.translation_placeholders
    assert issue.translation_placeholders["account"] == "Attic"
