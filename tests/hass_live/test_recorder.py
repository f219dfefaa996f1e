"""The recorder in a real Home Assistant: a recorded command is replayed, and is in no backup."""

import tarfile
from pathlib import Path

import pytest

from accounts import DOMAIN, Account, add_account, entity_ids, say, service_form
from assist import SPOKEN_TEXT
from hass_client import items, mapping, text
from live_hass import LiveHass
from patience import PATIENCE_S
from programs import LocalServer
from waiting import eventually


@pytest.fixture(scope="module")
async def account(hass: LiveHass, recogniser: LocalServer) -> Account:
    """Add an account, and turn its recorder on."""
    account = await add_account(
        hass, "reson8", **service_form("reson8", recogniser, token="token-1")
    )
    (switch,) = await entity_ids(hass, account.entry_id, "switch")
    assert (await hass.client.state(switch))["state"] == "off"
    await hass.client.post("/api/services/switch/turn_on", {"entity_id": switch})
    assert (await hass.client.state(switch))["state"] == "on"
    return account


async def test_a_spoken_command_is_recorded_and_replayed(hass: LiveHass, account: Account) -> None:
    assert (await say(hass, account)).text == SPOKEN_TEXT

    answers = await hass.client.call(DOMAIN, "replay", entity_id=account.entity_id)

    answer = mapping(mapping(answers)[account.entity_id])
    recorded = mapping(answer["recorded"])
    assert (answer["text"], recorded["text"]) == (SPOKEN_TEXT, SPOKEN_TEXT)
    assert recorded["entity_id"] == account.entity_id
    assert recordings(hass) == [recorded["utterance_id"]]


def recordings(hass: LiveHass) -> list[str]:
    folder = hass.folder / ".cache" / DOMAIN / "recordings"
    return [each.parent.name.partition("-")[2] for each in folder.glob("*/*/recording.json")]


async def test_the_user_sees_that_the_recorder_is_on(hass: LiveHass, account: Account) -> None:
    listed = mapping(await hass.client.command("repairs/list_issues"))["issues"]

    shown = [each for each in items(listed) if each["domain"] == DOMAIN]
    assert [each["translation_key"] for each in shown] == ["recording"]


async def test_the_switch_stays_on_after_a_restart(hass: LiveHass, account: Account) -> None:
    before = len(recordings(hass))
    (switch,) = await entity_ids(hass, account.entry_id, "switch")
    await hass.restart()

    async def look() -> bool | None:
        return True if (await hass.client.state(switch))["state"] == "on" else None

    await eventually(look, within_s=PATIENCE_S, what="the switch")
    assert (await say(hass, account)).text == SPOKEN_TEXT
    # A replay waits until everything is written.
    await hass.client.call(DOMAIN, "replay", entity_id=account.entity_id)
    assert len(recordings(hass)) == before + 1


async def test_no_backup_has_recordings(hass: LiveHass, account: Account) -> None:
    assert recordings(hass)
    await hass.client.command(
        "backup/generate",
        agent_ids=["backup.local"],
        include_database=False,
        include_homeassistant=True,
        name="Test",
    )

    async def look() -> str | None:
        info = mapping(await hass.client.command("backup/info"))
        done = items(info["backups"])
        return text(done[0], "backup_id") if done and info["state"] == "idle" else None

    await eventually(look, within_s=PATIENCE_S, what="the backup")
    (backup,) = (hass.folder / "backups").glob("*.tar")
    names = contents(backup)
    assert any(name.endswith(".storage/core.config_entries") for name in names)
    assert not [name for name in names if name.endswith(".flac") or ".cache/" in name]


def contents(backup: Path) -> list[str]:
    """Return the names of all files in a backup."""
    with tarfile.open(backup) as outer:
        (inner,) = [each for each in outer.getnames() if "homeassistant.tar" in each]
        with tarfile.open(fileobj=outer.extractfile(inner), mode="r:gz") as file:
            return file.getnames()
