"""Every form answers blank, missing and swapped values with an error at a field."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, start_reauth_flow
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from accounts import bridge_account, set_up
from announcements import announced
from bridges import Bridge
from custom_components.wyoming_bridge.bridge import PROVIDERS
from flow_api import FlowApi, paths_of, value_at, with_value, without
from form_table import (
    ACCESS_TOKEN,
    ACCOUNTS,
    entity_values,
    expect_told,
    sections_of,
    valid_values,
)
from servers import Server

REQUIRED = {"url", "protocol", "host", "port", "profile", "name", "model"}
"""Fields that must have a value, besides the token of a service."""

WITH_DEFAULT = {"protocol", "port", "model"}
"""The required fields that Home Assistant fills in if a client does not send them."""


def required_by(kind: str) -> set[str]:
    """Return the fields of a kind of account that must have a value, besides the token."""
    if kind not in PROVIDERS:
        return REQUIRED
    return REQUIRED - ({"url", "model"} if kind == "openai" else {"url"})


async def try_all(api: FlowApi, valid: Mapping[str, Any], *, required: set[str]) -> None:
    """Submit wrong forms, and then the correct one.

    A wrong form has one required field blank or missing, or two fields swapped.
    """
    paths = list(paths_of(valid))
    needed = [path for path in paths if path[-1] in required]
    flow_id = await api.open()
    for path in needed:
        for blank in ("", " ", "\t\n"):
            answer = await api.submit(flow_id, with_value(valid, path, blank))
            expect_told(answer, f"{path} is {blank!r}")
            assert set(answer.errors) <= {path[0], "base"}, answer.body
    for path in (path for path in needed if path[-1] not in WITH_DEFAULT):
        answer = await api.submit(flow_id, without(valid, path))
        expect_told(answer, f"{path} is missing")
        assert set(answer.errors) == {path[0]}, answer.body
    for one, other in combinations(paths, 2):
        swapped = with_value(valid, one, value_at(valid, other))
        swapped = with_value(swapped, other, value_at(valid, one))
        answer = await api.submit(flow_id, swapped)
        expect_told(answer, f"{one} and {other} are swapped")
    answer = await api.submit(flow_id, valid)
    assert answer.body["type"] in {"create_entry", "abort", "form"}, answer
    assert not answer.errors, answer


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_an_account_is_added_only_with_all_values_in_their_fields(
    kind: str, new_account: FlowApi, account_values: dict[str, Any]
) -> None:
    required = required_by(kind) | {"token"} if kind in PROVIDERS else REQUIRED

    await try_all(new_account, account_values, required=required)


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_an_account_is_changed_only_with_all_values_in_their_fields(
    kind: str,
    entry: MockConfigEntry,
    changed_account: FlowApi,
    account_values: dict[str, Any],
) -> None:
    before = dict(entry.data)
    valid = without(account_values, ("language",))

    await try_all(changed_account, valid, required=required_by(kind))

    assert entry.data == before


@pytest.mark.parametrize("kind", [*PROVIDERS, "local"])
async def test_a_blank_address_is_not_the_service_on_the_internet(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    new_account: FlowApi,
    changed_account: FlowApi,
    account_values: dict[str, Any],
) -> None:
    (address,) = (each for each in paths_of(account_values) if each[-1] == "url")
    values = with_value(account_values, address, " ")
    before = dict(entry.data)

    answers = [
        await new_account.submit(await new_account.open(), values),
        await changed_account.submit(await changed_account.open(), without(values, ("language",))),
    ]

    for answer in answers:
        expect_told(answer, "the address is a space")
    assert entry.data == before
    assert len(hass.config_entries.async_entries("wyoming_bridge")) == 1


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_a_new_token_must_not_be_blank(
    entry: MockConfigEntry, hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    flow = await start_reauth_flow(hass, entry)
    api = FlowApi(hass=hass, new_client=hass_client)

    answers = [await api.submit(flow["flow_id"], {"token": blank}) for blank in ("", " ", "\t")]
    missing = await api.submit(flow["flow_id"], {})

    assert [each.errors for each in answers] == [{"token": "required"}] * 3
    assert (missing.status, list(missing.errors)) == (400, ["token"])


@pytest.mark.parametrize("token", [{}, {"token": ""}, {"token": " "}])
async def test_a_discovered_bridge_without_its_token_is_not_added(
    token: Mapping[str, str],
    hass: HomeAssistant,
    bridge: Bridge,
    hass_client: ClientSessionGenerator,
) -> None:
    flow = await announced(hass, bridge.port)

    answer = await FlowApi(hass=hass, new_client=hass_client).submit(flow["flow_id"], token)

    assert answer.errors == {"token": "token_missing"}


@pytest.mark.parametrize("values", [{"profile": ""}, {"profile": " "}, {"profile": "cellar"}])
async def test_a_profile_must_be_one_of_the_bridge(
    values: Mapping[str, str],
    hass: HomeAssistant,
    server: Server,
    bridge: Bridge,
    hass_client: ClientSessionGenerator,
) -> None:
    api = FlowApi(hass=hass, new_client=hass_client, choice="bridge")
    flow_id = await api.open()
    await api.submit(flow_id, valid_values("bridge", server, bridge))

    answer = await api.submit(flow_id, values)

    assert (answer.status, list(answer.errors)) == (400, ["profile"])


async def test_a_profile_that_goes_away_while_the_form_is_open_is_reported(
    hass: HomeAssistant, bridge: Bridge, hass_client: ClientSessionGenerator
) -> None:
    entry = bridge_account(bridge, token=ACCESS_TOKEN, profile="kitchen")
    await set_up(hass, entry)
    api = FlowApi(hass=hass, new_client=hass_client, handler=[entry.entry_id, "stt"])
    flow_id = await api.open()
    del bridge.profiles["hall"]
    await bridge.restart()

    values = {"name": "Attic", "profile": "hall", **sections_of("bridge")}
    answer = await api.submit(flow_id, values)

    assert answer.errors == {"profile": "no_such_profile"}


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_an_entity_is_added_only_with_all_values_in_their_fields(
    kind: str, new_entity: FlowApi
) -> None:
    await try_all(new_entity, entity_values(kind), required=REQUIRED)


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_an_entity_is_changed_only_with_all_values_in_their_fields(
    kind: str, changed_entity: FlowApi
) -> None:
    empty = {
        "name": "Attic",
        **({"profile": "hall"} if kind == "bridge" else {}),
        **sections_of(kind),
    }

    await try_all(changed_entity, {**empty, "language": "en"}, required=REQUIRED)
