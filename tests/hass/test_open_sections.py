"""A form opens the sections in which the user has to look, and collapses the others."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

import entity_forms
from bridges import Bridge
from entity_forms import add_form, default_values
from flows import DOMAIN, FORM, add_account, local_account, provider_form, submit
from foreign_servers import ForeignServers
from servers import TOKEN, Server, without_index


def open_sections(form: Mapping[str, Any]) -> set[str]:
    fields = form["data_schema"].schema.items()
    sections = {str(key): each for key, each in fields if isinstance(each, section)}
    assert sections
    return {name for name, each in sections.items() if not each.options["collapsed"]}


async def reconfigure_form(hass: HomeAssistant, account: ConfigEntry) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_init(
        account.domain, context={"source": "reconfigure", "entry_id": account.entry_id}
    )


@pytest.mark.parametrize("address", ["http://[::1", "ftp://127.0.0.1", " "])
async def test_a_section_with_a_wrong_address_is_open(address: str, hass: HomeAssistant) -> None:
    form = await provider_form(hass, "reson8")
    assert open_sections(form) == set()

    again = await submit(hass, form, {"token": TOKEN, "advanced": {"url": address}})

    assert list(again["errors"]) == ["advanced"]
    assert open_sections(again) == {"advanced"}


async def test_the_address_of_a_server_that_does_not_run_stays_in_view(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    unused = f"ws://127.0.0.1:{foreign_servers.unused_port()}"
    values = {"token": TOKEN, "advanced": {"url": unused}}

    again = await submit(hass, await provider_form(hass, "scriptix"), values)

    assert again["errors"] == {"base": "connection_refused"}
    assert open_sections(again) == {"advanced"}


async def test_the_form_of_an_account_shows_the_address_of_its_own_server(
    hass: HomeAssistant, server: Server
) -> None:
    data = {"provider": "reson8", "token": TOKEN}
    own = MockConfigEntry(domain=DOMAIN, data={**data, "url": f"{server.url}/reson8"})
    usual = MockConfigEntry(domain=DOMAIN, data=data)
    for each in (own, usual):
        each.add_to_hass(hass)  # not loaded, because one has the address of the service

    opened = [open_sections(await reconfigure_form(hass, each)) for each in (own, usual)]

    assert opened == [{"advanced"}, set()]


async def test_a_long_section_with_an_error_stays_collapsed_so_that_the_error_is_in_view(
    hass: HomeAssistant, server: Server, aioclient_mock: AiohttpClientMocker
) -> None:
    without_index(aioclient_mock, server)
    account = await local_account(hass, server, "elevenlabs")
    form = await add_form(hass, account)
    assert open_sections(form) == set()
    wrong = {**default_values(), "recognition": {"secondary_languages": ["klingon"]}}

    again = await entity_forms.submit(hass, form, wrong)

    assert (again["type"], list(again["errors"])) == (FORM, ["advanced"])
    assert open_sections(again) == set()


async def test_a_short_section_with_an_error_is_open(hass: HomeAssistant, server: Server) -> None:
    account = await local_account(hass, server, "elevenlabs")
    form = await add_form(hass, account)
    wrong = {**default_values(), "end_of_speech": {"silence_ms": 600.5}}

    again = await entity_forms.submit(hass, form, wrong)

    assert list(again["errors"]) == ["end_of_speech"]
    assert open_sections(again) == {"end_of_speech"}


async def test_a_section_to_which_a_switch_has_added_settings_is_open(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    account = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    form = await add_form(hass, account)
    values = {"name": "Attic", "profile": "offline", "override": True}

    again = await entity_forms.submit(hass, form, values)

    assert (again["type"], again["errors"]) == (FORM, {})
    assert open_sections(again) == {"end_of_speech"}
