"""Fetching the house once, from a real websocket server that speaks Home Assistant's API."""

from http import HTTPStatus

import pytest

from home_assistants import FakeHomeAssistant
from wyoming_bridge.config import Config
from wyoming_bridge.diagnosis.house import check_house
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.home import HomeAssistantApi
from wyoming_bridge.home.fetching import fetch_house
from wyoming_bridge.house import Area, House

TOKEN = "r1ght-t0k3n"


async def test_a_check_fetches_the_house_once(home: FakeHomeAssistant) -> None:
    house = await fetch_house(HomeAssistantApi(url=home.url, token=TOKEN))

    assert house.terms() == ("Kitchen", "Ceiling light")


@pytest.mark.parametrize(
    ("own", "source"),
    [(None, "has 1 entity"), (House(areas=(Area(name="Attic"),)), "and the configuration have 1")],
)
async def test_a_check_says_where_the_names_are_from(
    own: House | None, source: str, home: FakeHomeAssistant
) -> None:
    api = HomeAssistantApi(url=home.url, token=TOKEN)
    step = await check_house(Config(house=own, home_assistant=api))

    assert step is not None
    assert step.text.startswith(f"Home Assistant at {api.place} {source}")


@pytest.mark.parametrize(
    ("status", "greeting", "text"),
    [
        (HTTPStatus.NOT_FOUND, None, "is not Home Assistant's websocket API .HTTP 404"),
        (HTTPStatus.FORBIDDEN, None, "refuses this machine .HTTP 403"),
        (HTTPStatus.BAD_GATEWAY, None, "HTTP 502"),
        (None, '{"type": "hello"}', "is not Home Assistant"),
        (None, "x" * ((8 << 20) + 1), "a message was too big"),
    ],
)
async def test_the_error_says_what_is_wrong(
    status: HTTPStatus | None, greeting: str | None, text: str, home: FakeHomeAssistant
) -> None:
    home.status, home.greeting = status, greeting

    with pytest.raises(BridgeError, match=text):
        await fetch_house(HomeAssistantApi(url=home.url, token=TOKEN))


async def test_a_large_answer_is_read(home: FakeHomeAssistant) -> None:
    home.devices = [{"id": str(n), "name": "x" * 1000} for n in range(3000)]

    assert await fetch_house(HomeAssistantApi(url=home.url, token=TOKEN))


async def test_a_token_without_administrators_rights_is_reported(home: FakeHomeAssistant) -> None:
    home.is_admin = False

    with pytest.raises(BridgeError, match="administrator"):
        await fetch_house(HomeAssistantApi(url=home.url, token=TOKEN))
