"""The address of Home Assistant, and whether the token may be sent to it."""

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.home import HomeAssistantApi, combined, summary_of, supervised
from wyoming_bridge.house import Area, Floor, House, HouseEntity


@pytest.mark.parametrize(
    ("url", "websocket"),
    [
        ("http://homeassistant.local:8123", "ws://homeassistant.local:8123/api/websocket"),
        ("http://homeassistant.local:8123/", "ws://homeassistant.local:8123/api/websocket"),
        ("https://home.example.com", "wss://home.example.com/api/websocket"),
        ("wss://home.example.com/api/websocket", "wss://home.example.com/api/websocket"),
        ("http://supervisor/core/websocket", "ws://supervisor/core/websocket"),
        ("http://192.168.1.20:8123", "ws://192.168.1.20:8123/api/websocket"),
        ("http://[fd00::1]:8123", "ws://[fd00::1]:8123/api/websocket"),
    ],
)
def test_the_address_of_the_browser_is_enough(url: str, websocket: str) -> None:
    assert HomeAssistantApi(url=url, token="t").websocket_url == websocket


@pytest.mark.parametrize("host", ["home.example.com", "8.8.8.8", "[2001:4860::1]", "fritz.box"])
def test_the_token_does_not_cross_networks_unencrypted(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^url: http:// sends the token unencrypted"):
        HomeAssistantApi(url=f"http://{host}", token="t")

    assert not HomeAssistantApi(url=f"https://{host}", token="t").crosses_networks


def test_the_user_can_allow_a_host() -> None:
    api = HomeAssistantApi(url="http://ha.example.com", token="t", plain_hosts=("HA.example.com",))

    assert api.crosses_networks


@pytest.mark.parametrize(
    "url",
    [
        "",
        "homeassistant.local:8123",
        "tcp://a:1",
        "http://",
        "http://u:p@a",
        "http://a?b=1",
        "http://a:x",
    ],
)
def test_an_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^url: ") as caught:
        HomeAssistantApi(url=url, token="s3cr3t")
    assert "s3cr3t" not in str(caught.value)


def test_a_token_is_required_and_not_shown() -> None:
    with pytest.raises(ConfigError, match=r"^token: one of"):
        HomeAssistantApi(url="http://a")
    assert "s3cr3t" not in repr(HomeAssistantApi(url="http://a", token="s3cr3t"))


def test_an_app_of_the_supervisor_needs_no_settings() -> None:
    api = supervised({"SUPERVISOR_TOKEN": "s3cr3t"})

    assert api is not None
    assert api.home_assistant == HomeAssistantApi(
        url="http://supervisor/core/websocket", token="s3cr3t"
    )
    assert "s3cr3t" not in repr(api)
    assert supervised({}) is None
    assert supervised({"SUPERVISOR_TOKEN": " "}) is None


def test_two_houses_are_one_with_the_users_names_first() -> None:
    own = House(
        entities=(HouseEntity(name="Lamp", domain="light", aliases=("big one",)),),
        areas=(Area(name="kitchen", aliases=("galley",)),),
        floors=(Floor(name="Attic"),),
    )
    told = House(
        entities=(
            HouseEntity(name="lamp", domain="light", area="Kitchen"),
            HouseEntity(name="Lamp", domain="switch"),
        ),
        areas=(Area(name="Kitchen", aliases=("cook",), floor="Ground"), Area(name="Hall")),
        floors=(Floor(name="Ground"),),
        language="nl",
    )

    assert combined(own, told) == House(
        entities=(own.entities[0], told.entities[1]),
        areas=(Area(name="kitchen", aliases=("galley", "cook"), floor="Ground"), Area(name="Hall")),
        floors=(Floor(name="Attic"), Floor(name="Ground")),
        language="nl",
    )
    assert combined(own, None) == own
    assert combined(None, told) == told
    assert combined(None, None) is None


def test_a_house_is_summed_up() -> None:
    house = House(areas=(Area(name="Hall"),), floors=(Floor(name="Up"), Floor(name="Down")))

    assert summary_of(house) == "0 entities, 1 area and 2 floors (3 names)"
