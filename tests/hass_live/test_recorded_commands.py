"""Recorded commands change the states of a house, with Moonshine as the recogniser.

Moonshine hears some of the commands wrongly. They are repaired, which shows that the names of the
house have reached the bridge.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import Account, add_account, created_account, entity_ids, open_form, set_repair
from assist import create_pipeline
from hass_client import Json, mapping, text
from live_hass import LiveHass
from patience import PATIENCE_S
from programs import LocalServer, Program, bridge, free_port
from rooms import (
    BED_LIGHT,
    FRONT_DOOR,
    OFFICE,
    Command,
    House,
    add_area,
    add_entity,
    add_light,
    carry_out,
)
from waiting import eventually


@pytest.fixture(scope="module")
async def recogniser(folder: Path) -> AsyncIterator[LocalServer]:
    """Start a local realtime server with Moonshine."""
    async with LocalServer(folder, engine="moonshine", tokens=["token-0"]) as server:
        yield server


@pytest.fixture(scope="module")
async def house(hass: LiveHass) -> House:
    """Create the areas, the lights and the lock."""
    office, attic, hall = [await add_area(hass, name) for name in ("Office", "Attic", "Hall")]
    return {
        "Reading Lamp": await add_light(hass, "Reading Lamp", office),
        "Ceiling Light": await add_light(hass, "Ceiling Light", office),
        "Bed Light": await add_light(hass, "Bed Light", attic),
        "Front Door": await add_entity(hass, "lock", "Front Door", hall, lock=[], unlock=[]),
    }


@pytest.fixture(scope="module")
async def local_server(hass: LiveHass, recogniser: LocalServer, house: House) -> Account:
    """Add the local server to our integration, and choose repair, as a user does."""
    place = {"url": f"http://127.0.0.1:{recogniser.port}", "protocol": "reson8"}
    account = await add_account(hass, "local", **place, token="token-0", language="en")
    await show_transcripts(hass, account)
    await set_repair(hass, account, "careful")
    return account


async def show_transcripts(hass: LiveHass, account: Account) -> None:
    """Enable the account's event entity, as a user does."""
    (transcript,) = await entity_ids(hass, account.entry_id, "event")
    await hass.client.enable_entity(transcript)
    await hass.client.reload_entry(account.entry_id)


@pytest.fixture(scope="module")
async def remote_bridge(hass: LiveHass, folder: Path, house: House) -> AsyncIterator[Account]:
    """Add a bridge to our integration. It gets the house only with each utterance."""
    port = free_port()
    (folder / "remote").mkdir()
    config = f"listen: tcp://127.0.0.1:{port}\nprofiles: {{offline: {{provider: local}}}}"
    async with bridge(folder / "remote", config=config):
        form = await open_form(hass.client, "bridge")
        account = await created_account(
            hass, await hass.client.answer(form, host="127.0.0.1", port=port)
        )
        await show_transcripts(hass, account)
        yield account


@pytest.fixture(scope="module")
async def reading_bridge(
    hass: LiveHass, folder: Path, house: House
) -> AsyncIterator[tuple[Program, str]]:
    """Add a bridge to Home Assistant's own Wyoming integration. The bridge reads the house itself.

    Yield the bridge and a pipeline that uses it.
    """
    port = free_port()
    home = folder / "core"
    home.mkdir()
    token = await hass.client.command(
        "auth/long_lived_access_token", client_name="Bridge", lifespan=1
    )
    (home / "token").write_text(str(token))
    config = f"""\
listen: tcp://127.0.0.1:{port}
home_assistant: {{url: "{hass.url}", token_file: "{home / "token"}"}}
profiles: {{offline: {{provider: local}}}}
"""
    async with bridge(home, config=config) as program:

        async def look() -> bool | None:
            return True if "the house was read from Home Assistant" in program.text() else None

        await eventually(look, within_s=PATIENCE_S, what="the names of the house")
        added = await hass.client.answer(
            await hass.client.start_flow("wyoming"), host="127.0.0.1", port=port
        )
        (engine,) = await entity_ids(hass, added.entry_id, "stt")
        yield program, await create_pipeline(hass.client, engine=engine)


async def carry_out_with(hass: LiveHass, house: House, account: Account, command: Command) -> None:
    """Say a command to an account, and check what the account's event entity shows."""
    (entity,) = await entity_ids(hass, account.entry_id, "event")

    def is_command(state: Json) -> bool:
        shown = mapping(state["attributes"])
        found = text(shown, "event_type"), text(shown, "text").removesuffix(".")
        return found == ("final", command.text)

    async with hass.client.watching(entity) as transcripts:
        await carry_out(hass, house, account.pipeline, command)
        transcript = mapping((await transcripts.until(is_command))[-1]["attributes"])

    assert transcript["completeness"] == "complete"
    if command.heard is None:
        assert "repair" not in transcript
    else:
        assert command.heard in text(transcript, "said")
        assert text(transcript, "repair").startswith("sounds like a command")


@pytest.mark.parametrize("command", [OFFICE, FRONT_DOOR], ids=str)
async def test_the_integration_and_a_local_server_carry_out_a_command(
    hass: LiveHass, house: House, local_server: Account, command: Command
) -> None:
    # Without BED_LIGHT: its repair needs Moonshine's scores, which the protocol cannot transmit.
    await carry_out_with(hass, house, local_server, command)


@pytest.mark.parametrize("command", [OFFICE, BED_LIGHT, FRONT_DOOR], ids=str)
async def test_the_integration_and_a_remote_bridge_carry_out_a_command(
    hass: LiveHass, house: House, remote_bridge: Account, command: Command
) -> None:
    await carry_out_with(hass, house, remote_bridge, command)


@pytest.mark.parametrize("command", [OFFICE, BED_LIGHT, FRONT_DOOR], ids=str)
async def test_core_and_a_bridge_that_reads_the_house_carry_out_a_command(
    hass: LiveHass, house: House, reading_bridge: tuple[Program, str], command: Command
) -> None:
    program, pipeline = reading_bridge

    await carry_out(hass, house, pipeline, command)

    repairs = [line for line in program.text().splitlines() if f" becomes {command.text!r}" in line]
    if command.heard is None:
        assert repairs == []
    else:
        assert command.heard in repairs[-1]
