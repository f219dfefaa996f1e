"""The link from a device to the page of its bridge."""

import json

import pytest
from homeassistant.components.http import ApiConfig
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import account, bridge_account, set_up
from bridges import Bridge
from clock import advance_time
from custom_components.wyoming_bridge.bridge import PagePlace
from custom_components.wyoming_bridge.bridge_page import page_url
from foreign_servers import OLDER_BRIDGE, ForeignServers
from servers import Server

IN_NETWORK = PagePlace(port=10381)
INGRESS = PagePlace(port=None)
OWN = "192.168.1.2"
"""The address of Home Assistant in the network."""


def info(page: object) -> bytes:
    """Return the info message of a bridge that reports ``page`` as the place of its page."""
    message = json.loads(OLDER_BRIDGE)
    message["data"]["wyoming_bridge"] = {"page": page}
    return json.dumps(message).encode() + b"\n"


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> dr.DeviceEntry:
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device


def entry_at(port: int) -> MockConfigEntry:
    return bridge_account(Bridge(), port=port, profile="kitchen")


def own_url(hass: HomeAssistant) -> str:
    assert hass.config.api
    return f"http://{hass.config.api.local_ip}:10381/"


@pytest.mark.parametrize(
    ("host", "page", "url"),
    [
        ("192.168.1.10", IN_NETWORK, "http://192.168.1.10:10381/"),
        ("fd00::10", IN_NETWORK, "http://[fd00::10]:10381/"),
        ("nas.local", IN_NETWORK, "http://nas.local:10381/"),
        ("NAS", PagePlace(port=80), "http://nas/"),
        # For a browser on another machine, 127.0.0.1 is not the machine of the bridge.
        ("127.0.0.1", IN_NETWORK, "http://192.168.1.2:10381/"),
        ("localhost", IN_NETWORK, "http://192.168.1.2:10381/"),
        ("LocalHost.", IN_NETWORK, "http://192.168.1.2:10381/"),
        ("::1", IN_NETWORK, "http://192.168.1.2:10381/"),
        ("[::1]", IN_NETWORK, "http://192.168.1.2:10381/"),
        ("::ffff:127.0.0.1", IN_NETWORK, "http://192.168.1.2:10381/"),
        ("0a1b2c3d-wyoming-bridge", INGRESS, "homeassistant://app/0a1b2c3d_wyoming_bridge"),
        ("local-wyoming-bridge", INGRESS, "homeassistant://app/local_wyoming_bridge"),
        # The link is made from the account's host alone. These hosts give no link.
        ("192.168.1.10", INGRESS, None),
        ("core-ssh", INGRESS, None),
        ("x/../../developer-tools-wyoming-bridge", INGRESS, None),
        ("0a1b2c3d-wyoming-bridge\n", INGRESS, None),
        ("a b", IN_NETWORK, None),
        ("user@nas", IN_NETWORK, None),
        ("nas/path?x#y", IN_NETWORK, None),
    ],
)
def test_a_link_leads_to_the_host_of_the_account(
    host: str, page: PagePlace, url: str | None, hass: HomeAssistant
) -> None:
    hass.config.api = ApiConfig(OWN, OWN, 8123, use_ssl=False)

    assert page_url(hass, host=host, page=page) == url


def test_without_an_own_address_a_bridge_on_this_machine_has_no_link(hass: HomeAssistant) -> None:
    hass.config.api = None

    assert page_url(hass, host="127.0.0.1", page=IN_NETWORK) is None


async def test_the_device_links_to_the_page_as_soon_as_there_is_one(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    entry = entry_at(await foreign_servers.start(OLDER_BRIDGE, info({"port": 10381})))
    await set_up(hass, entry)
    before = device_of(hass, entry).configuration_url

    await advance_time(hass, seconds=31)

    assert before is None
    assert device_of(hass, entry).configuration_url == own_url(hass)


async def test_the_link_goes_with_the_page(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    entry = entry_at(await foreign_servers.start(info({"port": 10381}), OLDER_BRIDGE))
    await set_up(hass, entry)
    before = device_of(hass, entry).configuration_url

    await advance_time(hass, seconds=31)

    assert before == own_url(hass)
    assert device_of(hass, entry).configuration_url is None


@pytest.mark.parametrize(
    "page",
    [
        {"ingress": True},  # but no app has the account's host
        {"port": 0},
        {"port": 65536},
        {"port": -1},
        {"port": 10**400},
        {"port": 80.0},
        {"port": True},
        {"port": "10381@evil.example/"},
        {"port": [10381]},
        {"url": "https://evil.example"},
        "https://evil.example",
        ["x"] * 1000,
        "x" * 10_000,
        None,
    ],
    ids=lambda page: str(page)[:30],
)
async def test_a_bridge_that_says_nonsense_about_its_page_works_without_a_link(
    page: object, hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    entry = entry_at(await foreign_servers.start(info(page)))
    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert device_of(hass, entry).configuration_url is None


async def test_an_account_of_a_service_has_no_link(hass: HomeAssistant, server: Server) -> None:
    entry = account(server)
    await set_up(hass, entry)

    assert device_of(hass, entry).configuration_url is None
