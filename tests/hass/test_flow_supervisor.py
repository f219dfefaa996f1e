"""Bridges that the Supervisor runs and announces."""

import pytest
from homeassistant.config_entries import (
    SOURCE_HASSIO,
    SOURCE_IGNORE,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import bridge_account, reauth_flows, set_up
from announcements import announced
from bridges import ACCESS_TOKEN, StartBridge
from flows import ABORT, CREATED, DOMAIN, FORM, add_account, expect_abort, submit

ID = "0123456789abcdef0123456789abcdef"
UUID = "fedcba9876543210fedcba9876543210"
ANOTHER_TOKEN = "an0ther-of-the-tests"


async def supervisor_flow(hass: HomeAssistant, port: int, **config: object) -> ConfigFlowResult:
    """Start the flow of a bridge that the Supervisor announces."""
    found = HassioServiceInfo(
        config={"host": "127.0.0.1", "port": port, **config},
        name="Bridge add-on",
        slug="bridge",
        uuid=UUID,
    )
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_HASSIO}, data=found
    )


async def test_the_supervisor_provides_the_token_of_the_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", token=ACCESS_TOKEN, bridge_id=ID)

    question = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)

    assert (question["type"], question["step_id"]) == (FORM, "discovered")
    assert question["description_placeholders"]["name"] == "Bridge add-on"
    result = await submit(hass, question, {})
    await hass.async_block_till_done()
    assert (result["type"], result["title"]) == (CREATED, "Bridge add-on")
    assert result["result"].data == {
        "provider": "bridge",
        "host": "127.0.0.1",
        "port": bridge.port,
        "token": ACCESS_TOKEN,
    }
    assert result["result"].unique_id == ID


async def test_the_form_says_if_home_assistants_own_integration_uses_the_bridge(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen")
    other = await start_bridge("kitchen")
    used = {"host": "localhost", "port": bridge.port}
    MockConfigEntry(domain="wyoming", title="Attic", data=used).add_to_hass(hass)

    warned = await supervisor_flow(hass, bridge.port)
    result = await submit(hass, warned, {})
    await hass.async_block_till_done()
    question = await supervisor_flow(hass, other.port)

    assert (warned["type"], warned["step_id"]) == (FORM, "discovered_again")
    assert warned["description_placeholders"]["entry"] == "Attic"
    assert result["type"] is CREATED
    assert question["step_id"] == "discovered"


async def test_the_form_names_an_entry_of_home_assistants_own_integration_only_while_it_has_it(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge("kitchen", token=ACCESS_TOKEN)
    place = {"host": "127.0.0.1", "port": bridge.port}
    own = MockConfigEntry(domain="wyoming", title="Attic", data=place)
    own.add_to_hass(hass)
    warned = await supervisor_flow(hass, bridge.port)
    hass.config_entries.async_update_entry(own, data={**place, "host": "192.0.2.1"})

    again = await submit(hass, warned, {})

    assert again["errors"]
    assert (warned["step_id"], again["step_id"]) == ("discovered_again", "discovered")


async def test_an_entry_of_home_assistants_own_integration_that_is_disabled_does_not_matter(
    hass: HomeAssistant,
) -> None:
    place = {"host": "127.0.0.1", "port": 10300}
    user = ConfigEntryDisabler.USER
    MockConfigEntry(domain="wyoming", data=place, disabled_by=user).add_to_hass(hass)

    assert (await supervisor_flow(hass, 10300, id=ID))["step_id"] == "discovered"


async def test_a_new_token_of_the_supervisor_is_stored(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    stale = {"provider": "bridge", "host": bridge.host, "port": bridge.port, "token": "old"}
    account = MockConfigEntry(domain=DOMAIN, data=stale, unique_id=ID)
    account.add_to_hass(hass)

    result = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data == {**stale, "token": ACCESS_TOKEN}


@pytest.mark.parametrize(
    ("stored", "announced_token"),
    [
        ("0ld-of-the-tests", ACCESS_TOKEN),
        (None, ACCESS_TOKEN),
        (ACCESS_TOKEN, ACCESS_TOKEN),
        ("0ld-of-the-tests", None),
        (None, None),
    ],
    ids=["new token", "first token", "same token", "no token any more", "no token"],
)
@pytest.mark.parametrize("stored_port", [None, 9], ids=["same port", "another port"])
@pytest.mark.parametrize("known_id", [ID, None], ids=["by its id", "by its address"])
async def test_an_account_that_does_not_work_gets_what_the_supervisor_announces_and_is_loaded(
    known_id: str | None,
    stored_port: int | None,
    stored: str | None,
    announced_token: str | None,
    *,
    hass: HomeAssistant,
    start_bridge: StartBridge,
) -> None:
    bridge = await start_bridge(token=announced_token, bridge_id=ID)
    account = bridge_account(bridge, token=stored, port=stored_port if known_id else None)
    await set_up(hass, account)
    hass.config_entries.async_update_entry(account, unique_id=known_id)

    config = {"id": ID} | ({"token": announced_token} if announced_token else {})
    result = await supervisor_flow(hass, bridge.port, **config)

    await expect_abort(hass, result, "already_configured")
    place = {"provider": "bridge", "host": bridge.host, "port": bridge.port}
    assert account.data == place | ({"token": announced_token} if announced_token else {})
    assert (account.state, account.unique_id) == (ConfigEntryState.LOADED, ID)


async def test_an_account_that_works_is_not_reloaded_by_the_same_announcement(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    account = bridge_account(bridge, token=ACCESS_TOKEN)
    await set_up(hass, account)
    before = account.runtime_data

    await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN, id=ID)
    await hass.async_block_till_done()

    assert account.runtime_data is before


async def test_the_question_for_a_new_token_is_closed_when_the_supervisor_announces_it(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    account = bridge_account(bridge, token=ACCESS_TOKEN)
    await set_up(hass, account)
    bridge.token = ANOTHER_TOKEN
    await bridge.restart()
    await hass.config_entries.async_reload(account.entry_id)
    await hass.async_block_till_done()
    assert reauth_flows(hass) == [account.entry_id]

    await supervisor_flow(hass, bridge.port, token=ANOTHER_TOKEN, id=ID)
    await hass.async_block_till_done()

    assert account.state is ConfigEntryState.LOADED
    assert reauth_flows(hass) == []


async def test_settings_that_the_supervisor_does_not_announce_are_kept(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(bridge_id=ID)
    account = bridge_account(bridge, token=ACCESS_TOKEN)
    tls = {"ssl": True, "ca_certificate": "of the tests"}
    object.__setattr__(account, "data", {**account.data, **tls})
    account.add_to_hass(hass)

    await supervisor_flow(hass, bridge.port, id=ID)

    assert account.data.items() >= tls.items()


async def test_an_open_question_about_the_bridge_uses_the_newest_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    await announced(hass, bridge.port)
    await supervisor_flow(hass, bridge.port, token="0ld-of-the-tests", id=ID)

    question = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN, id=ID)

    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["flow_id"] == question["flow_id"]
    result = await submit(hass, question, {})
    await hass.async_block_till_done()
    assert (result["type"], result["result"].data["token"]) == (CREATED, ACCESS_TOKEN)


async def test_a_bridge_without_an_id_is_recognised_at_another_address(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    gone = {"provider": "bridge", "host": "192.0.2.1", "port": 10300}
    account = MockConfigEntry(domain=DOMAIN, data=gone, unique_id=UUID)
    account.add_to_hass(hass)

    await supervisor_flow(hass, bridge.port)

    assert account.data == {**gone, "host": bridge.host, "port": bridge.port}
    assert account.unique_id == bridge.id


@pytest.mark.parametrize(
    "data",
    [{}, {"provider": "reson8", "token": "0f-the-service"}],
    ids=["an ignored bridge", "a service"],
)
async def test_an_entry_that_is_not_a_bridge_does_not_get_the_token(
    data: dict[str, str], hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    source = "user" if data else SOURCE_IGNORE
    other = MockConfigEntry(domain=DOMAIN, data=data, unique_id=ID, source=source)
    other.add_to_hass(hass)

    result = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN, id=ID)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert other.data == data


@pytest.mark.parametrize(
    "properties",
    [
        {"id": ID, "access": "open"},
        {"id": ID, "access": "token", "token": ANOTHER_TOKEN},
        {"id": ID, "tls": "yes"},
        {"id": "00112233445566778899aabbccddeeff"},
    ],
)
@pytest.mark.parametrize("unique_id", [ID, None])
async def test_a_device_of_the_network_changes_no_token_and_no_id(
    unique_id: str | None,
    properties: dict[str, str],
    hass: HomeAssistant,
    start_bridge: StartBridge,
) -> None:
    bridge = await start_bridge(token=ACCESS_TOKEN, bridge_id=ID)
    account = bridge_account(bridge, token=ACCESS_TOKEN)
    object.__setattr__(account, "unique_id", unique_id)
    account.add_to_hass(hass)
    before = dict(account.data)

    result = await announced(hass, bridge.port, properties=properties)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert (account.data, account.unique_id) == (before, unique_id)


async def test_a_bridge_of_the_supervisor_may_have_no_token(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()

    result = await submit(hass, await supervisor_flow(hass, bridge.port), {})

    assert result["type"] is CREATED
    assert "token" not in result["result"].data
    await hass.async_block_till_done()


async def test_the_account_gets_the_id_that_the_bridge_reports(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()

    result = await submit(hass, await supervisor_flow(hass, bridge.port), {})
    await hass.async_block_till_done()

    assert result["result"].unique_id == bridge.id


async def test_a_bridge_that_was_added_manually_gets_the_token_of_the_supervisor(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = await add_account(hass, "bridge", {"host": "localhost", "port": bridge.port})
    bridge.token = ACCESS_TOKEN
    await bridge.restart()

    result = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)
    await hass.async_block_till_done()

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data["token"] == ACCESS_TOKEN
    assert account.unique_id == bridge.id


async def test_a_bridge_that_does_not_answer_yet_is_recognised_by_its_address(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    await bridge.pause()

    result = await supervisor_flow(hass, bridge.port, token=ACCESS_TOKEN)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert account.data["token"] == ACCESS_TOKEN
    assert account.unique_id == bridge.id


async def test_the_bridge_of_the_supervisor_and_its_announcement_are_one_entry(
    hass: HomeAssistant, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge(bridge_id=ID)
    await submit(hass, await supervisor_flow(hass, bridge.port, id=ID), {})
    await hass.async_block_till_done()

    result = await announced(hass, bridge.port)

    assert (result["type"], result["reason"]) == (ABORT, "already_configured")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"host": "127.0.0.1"},
        {"port": 10300},
        {"host": " ", "port": 10300},
        {"host": "a", "port": "x"},
    ],
)
async def test_a_message_without_an_address_is_rejected(
    config: dict[str, object], hass: HomeAssistant
) -> None:
    found = HassioServiceInfo(config=config, name="Bridge", slug="bridge", uuid=UUID)

    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_HASSIO}, data=found
    )

    assert (result["type"], result["reason"]) == (ABORT, "wrong_server")
