"""``HomeWatch`` with a real websocket server that speaks Home Assistant's API."""

import asyncio
import logging
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Self

import pytest

from home_assistants import FakeHomeAssistant
from patience import PATIENCE_S
from wyoming_bridge.home import HomeAssistantApi
from wyoming_bridge.home.fetching import Pauses
from wyoming_bridge.home.watch import HomeWatch
from wyoming_bridge.house import House, HouseEntity

TOKEN = "r1ght-t0k3n"
SOON = Pauses(settle_s=0.001, first_retry_s=0.001, longest_retry_s=0.001, refused_retry_s=0.001)
OWN = House(entities=(HouseEntity(name="Radio", domain="media_player"),), language="nl")


class Watched:
    """A ``HomeWatch``, and the houses that it has reported."""

    def __init__(
        self, home: FakeHomeAssistant, *, token: str = TOKEN, own: House | None = None
    ) -> None:
        self.houses: asyncio.Queue[House] = asyncio.Queue()
        self.watch = HomeWatch(
            HomeAssistantApi(url=home.url, token=token),
            own=own,
            on_change=self.houses.put_nowait,
            pauses=SOON,
        )

    async def next(self) -> House:
        async with asyncio.timeout(PATIENCE_S):
            return await self.houses.get()

    async def __aenter__(self) -> Self:
        self.watch.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.watch.stop()


@pytest.fixture
async def watched(home: FakeHomeAssistant) -> AsyncIterator[Watched]:
    async with Watched(home) as watched:
        yield watched


async def test_the_house_is_reported_and_a_new_name_is_noticed(
    home: FakeHomeAssistant, watched: Watched
) -> None:
    first = await watched.next()
    home.entries["light.ceiling"]["name"] = "Sun"
    await home.fire("entity_registry_updated")
    second = await watched.next()

    assert first.terms() == ("Kitchen", "Ceiling light")
    assert first.entities[0].area == "Kitchen"
    assert second.terms() == ("Kitchen", "Sun")
    assert watched.watch.current == second


async def test_an_entity_that_is_added_later_is_noticed(
    home: FakeHomeAssistant, watched: Watched
) -> None:
    await watched.next()
    home.expose("fan.attic", "Attic fan")
    await home.send_states({"a": {"fan.attic": {"s": "on", "a": {"friendly_name": "Attic fan"}}}})

    assert (await watched.next()).terms() == ("Kitchen", "Attic fan", "Ceiling light")


async def test_the_users_own_names_are_in_use_before_and_after_the_first_answer(
    home: FakeHomeAssistant,
) -> None:
    watched = Watched(home, own=OWN)
    assert watched.watch.current == OWN

    async with watched:
        house = await watched.next()

    assert house.terms() == ("Kitchen", "Radio", "Ceiling light")
    assert house.language == "en"


async def test_the_house_is_kept_while_home_assistant_is_away_and_each_change_is_logged_once(
    home: FakeHomeAssistant, watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="wyoming_bridge.home")
    house = await watched.next()
    await home.stop()
    home.status = HTTPStatus.BAD_GATEWAY
    await home.start()
    assert watched.watch.current == house
    await home.stop()
    home.status = None
    home.areas.append({"area_id": "hall", "name": "Hall", "aliases": []})
    await home.start()

    assert (await watched.next()).terms() == ("Kitchen", "Hall", "Ceiling light")
    codes = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(codes) == len(set(codes))
    assert all("the last known names stay in use" in each for each in codes)
    assert "the house was read from Home Assistant" in caplog.records[-1].getMessage()


async def test_a_home_assistant_that_starts_does_not_replace_the_house(
    home: FakeHomeAssistant, watched: Watched
) -> None:
    house = await watched.next()
    home.config["state"] = "STARTING"
    name = home.states.pop("light.ceiling")
    fetches = home.fetches
    await home.fire("entity_registry_updated")
    await home.until(lambda: home.fetches > fetches and "entity_ids" in home.got[-1])
    assert watched.watch.current == house

    home.config["state"] = "RUNNING"
    home.states = {"light.ceiling": name, "light.new": {"friendly_name": "New"}}
    home.exposed["light.new"] = {"conversation": True}
    await home.fire("homeassistant_started")

    assert (await watched.next()).terms() == ("Kitchen", "Ceiling light", "New")


async def test_a_wrong_token_is_logged_once_and_never_shown(
    home: FakeHomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Watched(home, token="wr0ng-t0k3n") as watched:
        await home.until(lambda: home.logins > 2)

        assert watched.watch.current is None
    warnings = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert [each.name for each in warnings] == ["wyoming_bridge.home.watch"]
    assert "the token is not accepted" in caplog.text
    assert "wr0ng-t0k3n" not in caplog.text + repr(watched.watch._api)  # noqa: SLF001 - for its repr
