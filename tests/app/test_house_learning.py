"""The engines of local servers learn the commands of the house."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from patience import PATIENCE_S
from wyoming_bridge.app.house_languages import HouseLanguages
from wyoming_bridge.app.house_learning import HouseLearning
from wyoming_bridge.app.houses import Houses
from wyoming_bridge.house import House, HouseEntity

pytestmark = pytest.mark.once

LAMP = House(entities=(HouseEntity(name="Lamp", domain="light"),))
FAN = House(entities=(HouseEntity(name="Fan", domain="fan"),))
DUTCH = House(entities=(HouseEntity(name="Lamp", domain="light"),), language="nl")


class SlowServer:
    """Records the sentences that it has to learn, and finishes when ``gate`` is set."""

    can_learn = True
    language = "en"

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.lessons: asyncio.Queue[Sequence[str]] = asyncio.Queue()

    async def learn(self, sentences: Sequence[str]) -> None:
        self.lessons.put_nowait(sentences)
        await self.gate.wait()

    async def lesson(self) -> Sequence[str]:
        async with asyncio.timeout(PATIENCE_S):
            return await self.lessons.get()


@pytest.fixture
async def learning() -> AsyncIterator[HouseLearning]:
    learning = HouseLearning(HouseLanguages())
    yield learning
    await learning.stop()


async def test_a_server_learns_the_commands_of_the_house(learning: HouseLearning) -> None:
    server = SlowServer()
    learning.use(LAMP)
    learning.add(server)
    assert "turn on the lamp" in await server.lesson()


async def test_of_several_changes_during_learning_only_the_last_one_is_learned(
    learning: HouseLearning,
) -> None:
    server = SlowServer()
    learning.add(server)
    learning.use(LAMP)
    await server.lesson()
    learning.use(None)
    learning.use(FAN)
    server.gate.set()
    assert "turn on the fan" in await server.lesson()
    learning.use(None)
    assert await server.lesson() == []
    assert server.lessons.empty()


async def test_a_house_that_did_not_change_is_not_learned_again(learning: HouseLearning) -> None:
    server = SlowServer()
    server.gate.set()
    learning.add(server)
    learning.use(LAMP)
    await server.lesson()
    learning.use(House(entities=LAMP.entities))
    learning.use(FAN)
    assert "turn on the fan" in await server.lesson()
    assert server.lessons.empty()


async def test_a_house_in_another_language_is_not_learned(learning: HouseLearning) -> None:
    server = SlowServer()
    server.gate.set()
    learning.add(server)
    learning.use(DUTCH)
    assert await server.lesson() == []


async def test_the_house_is_learned_although_clients_with_other_houses_come_first() -> None:
    languages = HouseLanguages()
    learning = HouseLearning(languages)
    server = SlowServer()
    learning.use(LAMP)
    learning.add(server)
    await asyncio.sleep(0)  # the language of the house waits to be built
    for n in range(4):
        languages.get(House(language="xx", sentences=(f"say {n}",)))

    assert "turn on the lamp" in await server.lesson()
    await learning.stop()
    await languages.close()


async def test_a_house_is_forgotten_although_the_next_one_was_being_built() -> None:
    houses, server = Houses(), SlowServer()
    server.gate.set()
    houses.add(server)
    houses.use(FAN)
    assert "turn on the fan" in await server.lesson()
    houses.use(LAMP)
    await asyncio.sleep(0)  # the language of the house waits to be built
    houses.use(None)

    assert await server.lesson() == []
    await houses.stop()


async def test_nothing_is_learned_or_built_after_a_stop() -> None:
    houses, server = Houses(), SlowServer()
    houses.add(server)
    houses.use(LAMP)
    await asyncio.sleep(0)  # the language of the house waits to be built
    await houses.stop()

    assert server.lessons.empty()
    assert not [each for each in asyncio.all_tasks() if "house" in each.get_name()]


async def test_a_bridge_that_starts_again_learns_the_house_whose_build_was_stopped() -> None:
    houses, server = Houses(), SlowServer()
    houses.add(server)
    houses.use(LAMP)
    await asyncio.sleep(0)  # the language of the house waits to be built
    await houses.stop()
    houses.add(server)

    assert "turn on the lamp" in await server.lesson()
    await houses.stop()
