"""Adding a remote bridge by its address."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigEntryState,
    signal_discovered_config_entry_removed,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import bridge_account, set_up
from announcements import announced
from bridges import ACCESS_TOKEN, Bridge, StartBridge
from flows import ABORT, CREATED, FORM, add_account, provider_form, submit, suggested
from foreign_servers import (
    OLDER_BRIDGE,
    OTHER_PROTOCOL,
    OTHER_WYOMING,
    TRANSCRIPT,
    ForeignServers,
)


def form_of(bridge: Bridge, **values: object) -> dict[str, Any]:
    return {
        "host": bridge.host,
        "port": float(bridge.port),  # number selectors return floats
        **values,
    }


def at(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port}


async def test_a_bridge_with_one_profile_is_added_in_one_step(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen")
    form = await provider_form(hass, "bridge")
    assert (form["type"], form["step_id"]) == (FORM, "bridge")

    result = await submit(hass, form, form_of(bridge))
    await hass.async_block_till_done()

    assert (result["type"], result["title"]) == (CREATED, "Wyoming Bridge")
    account = result["result"]
    assert account.data == {"provider": "bridge", "host": "127.0.0.1", "port": bridge.port}
    assert type(account.data["port"]) is int
    (subentry,) = account.subentries.values()
    assert (subentry.title, subentry.data) == ("Wyoming Bridge kitchen", {"profile": "kitchen"})
    assert account.state is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("stt") == ["stt.wyoming_bridge_kitchen"]


async def test_the_user_selects_one_of_several_profiles(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", "hall")

    choice = await submit(hass, await provider_form(hass, "bridge"), form_of(bridge))

    assert (choice["type"], choice["step_id"]) == (FORM, "profile")
    (field,) = choice["data_schema"].schema
    assert field.default() == "kitchen"
    assert choice["data_schema"].schema[field].config["options"] == ["kitchen", "hall"]
    result = await submit(hass, choice, {"profile": "hall"})
    await hass.async_block_till_done()
    (subentry,) = result["result"].subentries.values()
    assert (subentry.title, subentry.data) == ("Wyoming Bridge hall", {"profile": "hall"})


@pytest.mark.parametrize(
    ("token", "key"), [({}, "token_missing"), ({"token": "wr0ng"}, "token_wrong")]
)
async def test_a_missing_or_wrong_access_token_is_shown_at_its_field(
    token: Mapping[str, str], key: str, hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    form = form_of(bridge, **token)

    again = await submit(hass, await provider_form(hass, "bridge"), form)

    assert again["errors"] == {"token": key}
    assert suggested(again) == form
    result = await submit(hass, again, form_of(bridge, token=f" {ACCESS_TOKEN} "))
    assert result["type"] is CREATED
    assert result["result"].data["token"] == ACCESS_TOKEN
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("reply", "key"),
    [(OTHER_WYOMING, "another_wyoming_server"), (OTHER_PROTOCOL, "not_a_wyoming_server")],
    ids=["wyoming", "ssh"],
)
async def test_the_error_of_a_server_that_is_not_a_bridge_is_shown_at_the_host(
    reply: bytes,
    key: str,
    *,
    hass: HomeAssistant,
    start_bridge: StartBridge,
    foreign_servers: ForeignServers,
) -> None:
    bridge = await start_bridge()
    form = at(await foreign_servers.start(reply))

    again = await submit(hass, await provider_form(hass, "bridge"), form)

    assert again["errors"] == {"host": key}
    assert (await submit(hass, again, form_of(bridge)))["type"] is CREATED
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("http://127.0.0.1:8123", "invalid_bridge_host"),
        ("attic/office", "invalid_bridge_host"),
        ("attic:99999", "invalid_bridge_host"),
        ("me@attic", "url_with_more"),
    ],
)
async def test_a_text_that_is_no_host_is_told_what_to_type(
    host: str, error: str, hass: HomeAssistant, bridge: Bridge
) -> None:
    again = await submit(
        hass, await provider_form(hass, "bridge"), {"host": host, "port": bridge.port}
    )

    assert again["errors"] == {"host": error}
    assert again["description_placeholders"]["setting"] == "host"


async def test_an_unused_port_and_a_silent_server_have_different_errors(
    hass: HomeAssistant, start_bridge: StartBridge, foreign_servers: ForeignServers
) -> None:
    bridge = await start_bridge()
    first, second = await provider_form(hass, "bridge"), await provider_form(hass, "bridge")

    silent, unused = await asyncio.gather(
        submit(hass, first, at(await foreign_servers.start(b""))),
        submit(hass, second, at(foreign_servers.unused_port())),
    )

    assert silent["errors"] == {"host": "no_answer"}
    assert unused["errors"] == {"host": "no_bridge_listens"}
    assert (await submit(hass, unused, form_of(bridge)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_a_bridge_cannot_be_added_twice_with_another_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    await add_account(hass, "bridge", form_of(bridge))

    twice = await submit(
        hass, await provider_form(hass, "bridge"), form_of(bridge, token="another")
    )

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")


async def test_a_bridge_by_name_and_by_address_is_one_entry(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = await add_account(hass, "bridge", {"host": "localhost", "port": bridge.port})

    twice = await submit(hass, await provider_form(hass, "bridge"), form_of(bridge))

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")
    assert account.unique_id == bridge.id


async def test_a_bridge_at_another_port_is_the_same_and_is_not_moved(
    hass: HomeAssistant, start_bridge: StartBridge, foreign_servers: ForeignServers
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    account = await add_account(hass, "bridge", form_of(bridge, token=ACCESS_TOKEN))
    relay = await foreign_servers.start_relay(bridge.host, bridge.port)

    twice = await submit(
        hass, await provider_form(hass, "bridge"), {**at(relay), "token": ACCESS_TOKEN}
    )

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")
    assert account.data["port"] == bridge.port
    assert account.state is ConfigEntryState.LOADED


async def test_a_bridge_that_moved_is_followed_when_the_user_adds_it_again(
    hass: HomeAssistant, start_bridge: StartBridge, foreign_servers: ForeignServers
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    account = await add_account(hass, "bridge", form_of(bridge, token=ACCESS_TOKEN))
    await bridge.pause()
    await hass.config_entries.async_reload(account.entry_id)
    assert account.state is ConfigEntryState.SETUP_RETRY
    bridge.port = foreign_servers.unused_port()
    await bridge.start()

    twice = await submit(
        hass, await provider_form(hass, "bridge"), form_of(bridge, token=ACCESS_TOKEN)
    )
    await hass.async_block_till_done()

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")
    assert (account.data["port"], account.state) == (bridge.port, ConfigEntryState.LOADED)


async def test_a_bridge_that_pretends_to_be_a_known_one_does_not_get_its_account(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN)
    account = await add_account(hass, "bridge", form_of(bridge, token=ACCESS_TOKEN))
    await bridge.pause()
    await hass.config_entries.async_reload(account.entry_id)
    impostor = await start_bridge(bridge_id=bridge.id)

    twice = await submit(hass, await provider_form(hass, "bridge"), form_of(impostor))

    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")
    assert account.data["port"] == bridge.port


async def test_a_bridge_that_reports_no_id_is_recognised_by_its_address(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    port = await foreign_servers.start(OLDER_BRIDGE, TRANSCRIPT, OLDER_BRIDGE)
    account = await add_account(hass, "bridge", at(port))

    twice = await submit(
        hass, await provider_form(hass, "bridge"), {"host": "127.0.0.1", "port": port}
    )

    assert account.unique_id is None
    assert (twice["type"], twice["reason"]) == (ABORT, "already_configured")


async def test_an_account_without_an_id_stores_that_of_its_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = bridge_account(bridge)
    ignored = MockConfigEntry(
        domain=account.domain, source=SOURCE_IGNORE, data={}, unique_id=bridge.id
    )
    ignored.add_to_hass(hass)

    await set_up(hass, account)

    assert account.unique_id == bridge.id
    assert hass.config_entries.async_entries(account.domain) == [account]


async def test_a_bridge_that_was_ignored_is_not_discovered_again_when_its_account_gets_its_id(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = bridge_account(bridge)
    key = DiscoveryKey(domain="zeroconf", key=("_wyoming-bridge._tcp.local.", "Attic"), version=1)
    ignored = MockConfigEntry(
        domain=account.domain,
        source=SOURCE_IGNORE,
        data={},
        unique_id=bridge.id,
        discovery_keys=MappingProxyType({"zeroconf": (key,)}),
    )
    ignored.add_to_hass(hass)

    @callback
    def announce_again(_: ConfigEntry) -> None:
        """Start the flow at once, as Home Assistant does if it knows the announcement still."""
        hass.async_create_background_task(
            announced(
                hass,
                bridge.port,
                properties={"id": bridge.id},
                host="192.0.2.9",
                more_hosts=[bridge.host],
            ),
            name="announcement",
            eager_start=True,
        )

    async_dispatcher_connect(
        hass, signal_discovered_config_entry_removed("zeroconf"), announce_again
    )

    await set_up(hass, account)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert hass.config_entries.flow.async_progress() == []
    assert hass.config_entries.async_entries(account.domain) == [account]
