"""A profile of a bridge is tried with a second of voice before an entity uses it."""

from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from bridges import Bridge, StartBridge
from entity_forms import add_form, reconfigure_form, submit
from flows import ABORT, CREATED, FORM, add_account, provider_form
from flows import submit as submit_account
from proxying import black_hole
from servers import TOKEN, Server
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.providers.reson8 import Reson8Settings

OFFLINE = Profile(name="kitchen", backend=LocalBackend(engine="scripted"))


@pytest.fixture
async def bridge(start_bridge: StartBridge, server: Server) -> Bridge:
    """Start a bridge whose profile hall uses a service of which it has a wrong token."""
    bridge = await start_bridge("kitchen")
    bridge.profiles["hall"] = hall_of(server, token="wr0ng")
    return bridge


def hall_of(
    server: Server,
    *,
    token: str = TOKEN,
    limit_s: float | None = None,
    fallback: tuple[str, ...] = (),
) -> Profile:
    backend = Reson8Settings(url=f"{server.url}/reson8", token=token, language="en")
    return Profile(name="hall", backend=backend, max_seconds_per_day=limit_s, fallback=fallback)


def address_of(bridge: Bridge) -> dict[str, Any]:
    return {"host": bridge.host, "port": float(bridge.port)}


def values(profile: str, **more: object) -> dict[str, Any]:
    return {"name": "Attic", "profile": profile, "end_of_speech": {}, "bias": {}, **more}


async def loaded(hass: HomeAssistant, bridge: Bridge) -> ConfigEntry:
    """Add the bridge while it has only the profile kitchen."""
    profiles = bridge.profiles
    bridge.profiles = {"kitchen": OFFLINE}
    await bridge.restart()
    account = await add_account(hass, "bridge", address_of(bridge))
    bridge.profiles = profiles
    await bridge.restart()
    return account


async def test_the_profile_of_a_new_account_must_work(
    hass: HomeAssistant, bridge: Bridge, server: Server
) -> None:
    await bridge.restart()
    choice = await submit_account(hass, await provider_form(hass, "bridge"), address_of(bridge))

    refused = await submit_account(hass, choice, {"profile": "hall"})

    assert (refused["type"], refused["step_id"]) == (FORM, "profile")
    assert refused["errors"] == {"profile": "token_refused"}
    assert not hass.config_entries.async_entries("wyoming_bridge")
    bridge.profiles["hall"] = hall_of(server)
    await bridge.restart()
    added = await submit_account(hass, refused, {"profile": "hall"})
    assert added["type"] is CREATED
    await hass.async_block_till_done()


async def test_the_only_profile_of_a_bridge_is_shown_if_it_does_not_work(
    hass: HomeAssistant, bridge: Bridge, server: Server
) -> None:
    del bridge.profiles["kitchen"]
    await bridge.restart()
    form = await provider_form(hass, "bridge")

    refused = await submit_account(hass, form, address_of(bridge))

    assert (refused["step_id"], refused["errors"]) == ("profile", {"profile": "token_refused"})
    bridge.profiles["hall"] = hall_of(server)
    await bridge.restart()
    assert (await submit_account(hass, refused, {"profile": "hall"}))["type"] is CREATED
    await hass.async_block_till_done()


async def test_the_profile_of_an_entity_must_work(
    hass: HomeAssistant, bridge: Bridge, server: Server
) -> None:
    account = await loaded(hass, bridge)
    (first,) = account.subentries

    new = await submit(hass, await add_form(hass, account), values("hall"))
    changed = await submit(hass, await reconfigure_form(hass, account, first), values("hall"))

    assert new["errors"] == {"profile": "token_refused"}
    assert changed["errors"] == {"profile": "invalid_auth"}  # the bridge does not ask again so soon
    assert account.subentries[first].data["profile"] == "kitchen"
    bridge.profiles["hall"] = hall_of(server)
    await bridge.restart()
    assert (await submit(hass, new, values("hall")))["type"] is CREATED
    assert (await submit(hass, changed, values("hall")))["type"] is ABORT
    assert account.subentries[first].data["profile"] == "hall"


async def test_the_language_of_an_entity_must_work(
    hass: HomeAssistant, bridge: Bridge, server: Server
) -> None:
    bridge.profiles["hall"] = hall_of(server)
    account = await loaded(hass, bridge)
    await submit(hass, await add_form(hass, account), values("hall"))
    *_, hall = account.subentries
    form = await reconfigure_form(hass, account, hall)
    await server.pause()

    refused = await submit(hass, form, values("hall", language="en"))
    kept = await submit(hass, refused, values("hall", bias={"terms": ["attic"]}))

    assert refused["errors"] == {"profile": "connection_refused"}
    assert kept["reason"] == "reconfigure_successful"
    assert account.subentries[hall].data["bias"]["terms"] == ["attic"]


@pytest.mark.parametrize("fallback", [(), ("kitchen",)])
async def test_a_profile_whose_daily_limit_is_reached_can_be_used(
    hass: HomeAssistant, bridge: Bridge, server: Server, fallback: tuple[str, ...]
) -> None:
    """If it has a fallback, the fallback transcribes the second time."""
    bridge.profiles["hall"] = hall_of(server, limit_s=0.5, fallback=fallback)
    account = await loaded(hass, bridge)

    added = [
        await submit(hass, await add_form(hass, account), values("hall") | {"name": name})
        for name in ("Attic", "Cellar")
    ]

    assert [each["type"] for each in added] == [CREATED] * 2


async def test_a_changed_address_is_tried_with_the_profiles_of_the_entities(
    hass: HomeAssistant, bridge: Bridge, start_bridge: StartBridge
) -> None:
    account = await loaded(hass, bridge)
    other = await start_bridge("kitchen")
    other.profiles["kitchen"] = Profile(name="kitchen", backend=bridge.profiles["hall"].backend)
    await other.restart()
    form = await hass.config_entries.flow.async_init(
        account.domain, context={"source": "reconfigure", "entry_id": account.entry_id}
    )

    again = await submit_account(hass, form, address_of(other))

    assert again["errors"] == {"base": "token_refused"}
    assert again["description_placeholders"]["entity"] == "Wyoming Bridge kitchen"
    saved = await submit_account(hass, again, {**address_of(other), "save_anyway": True})
    assert saved["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()


async def test_a_new_account_says_if_only_the_fallback_of_its_profile_works(
    hass: HomeAssistant, bridge: Bridge, server: Server
) -> None:
    bridge.profiles["hall"] = hall_of(server, token="wr0ng", fallback=("kitchen",))
    await bridge.restart()
    choice = await submit_account(hass, await provider_form(hass, "bridge"), address_of(bridge))

    refused = await submit_account(hass, choice, {"profile": "hall"})

    assert refused["errors"] == {"profile": "token_refused"}
    told = {"profile": "hall", "fallback": "kitchen"}
    assert refused["description_placeholders"].items() >= told.items()
    added = await submit_account(hass, refused, {"profile": "hall", "save_anyway": True})
    assert added["type"] is CREATED
    assert [each["data"] for each in added["subentries"]] == [{"profile": "hall"}]
    await hass.async_block_till_done()


async def test_an_entity_says_if_only_the_fallback_of_its_profile_works(
    hass: HomeAssistant, bridge: Bridge, server: Server
) -> None:
    bridge.profiles["hall"] = hall_of(server, token="wr0ng", fallback=("kitchen",))
    account = await loaded(hass, bridge)

    refused = await submit(hass, await add_form(hass, account), values("hall"))
    again = await submit(hass, refused, values("hall"))

    assert refused["errors"] == {"profile": "token_refused"}
    assert again["errors"] == {"profile": "invalid_auth"}  # the bridge does not ask again so soon
    assert again["description_placeholders"]["fallback"] == "kitchen"
    added = await hass.config_entries.subentries.async_configure(
        again["flow_id"], values("hall", save_anyway=True)
    )
    await hass.async_block_till_done()
    assert added["type"] is CREATED
    assert "save_anyway" not in list(account.subentries.values())[-1].data


async def test_a_profile_whose_service_is_switched_off_is_not_hidden_by_its_fallback(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    account = await loaded(hass, bridge)
    with black_hole("127.0.0.1", 0) as port:
        backend = Reson8Settings(url=f"ws://127.0.0.1:{port}", token=TOKEN, language="en")
        bridge.profiles["hall"] = Profile(name="hall", backend=backend, fallback=("kitchen",))
        await bridge.restart()

        refused = await submit(hass, await add_form(hass, account), values("hall"))

    assert refused["errors"] == {"profile": "not_ready"}
    told = {"fallback": "kitchen", "seconds": "1"}
    assert refused["description_placeholders"].items() >= told.items()
    assert "save_anyway" in refused["data_schema"].schema


async def test_a_profile_without_a_fallback_that_works_is_not_saved_anyway(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    account = await loaded(hass, bridge)

    refused = await submit(hass, await add_form(hass, account), values("hall"))

    assert refused["errors"] == {"profile": "token_refused"}
    assert "save_anyway" not in refused["data_schema"].schema


async def test_a_profile_without_an_answer_is_an_error_after_20_s(
    hass: HomeAssistant, bridge: Bridge, server: Server
) -> None:
    bridge.profiles["hall"] = hall_of(server)
    account = await loaded(hass, bridge)
    server.inject(Fault(kind=FaultKind.SILENT, at="audio", after_audio_ms=100))

    late = await submit(hass, await add_form(hass, account), values("hall"))

    assert late["errors"] == {"profile": "profile_late"}
    assert late["description_placeholders"]["seconds"] == "20"
