"""When a service that sends nothing gets a ping, in virtual time."""

import asyncio

from virtual_time import in_virtual_time
from wyoming_bridge.session.pinger import Pinger


class Pinged:
    """The pings of a pinger that was started now, with their times in ms."""

    def __init__(self) -> None:
        self.at: list[int] = []
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.pinger = Pinger(lambda: self.at.append(self._now_ms()))
        self.pinger.start()

    def _now_ms(self) -> int:
        return round(1000 * (self._loop.time() - self._began))

    async def send_audio(self, *, batches: int) -> list[int]:
        """Send a batch every 100 ms. Return the times of those that took a ping along."""
        taken = []
        for _ in range(batches):
            await asyncio.sleep(0.1)
            if self.pinger.joins_audio(now=asyncio.get_running_loop().time()):
                taken.append(self._now_ms())
        return taken


@in_virtual_time
async def test_without_audio_and_messages_a_ping_is_sent_every_500_ms() -> None:
    pinged = Pinged()
    await asyncio.sleep(2)

    assert pinged.at == [0, 600, 1100, 1600]


@in_virtual_time
async def test_websockets_that_were_opened_at_different_times_ping_at_the_same_moments() -> None:
    first = Pinged()
    await asyncio.sleep(0.3)
    second = Pinged()
    joins = await asyncio.gather(*(each.send_audio(batches=8) for each in (first, second)))

    assert joins == [[500, 1000], [500 - 300, 1000 - 300]]


@in_virtual_time
async def test_audio_takes_a_ping_along_every_500_ms_and_no_other_is_sent() -> None:
    pinged = Pinged()

    assert await pinged.send_audio(batches=20) == [500, 1000, 1500, 2000]
    assert pinged.at == [0]


@in_virtual_time
async def test_when_the_audio_ends_pings_are_sent_on_their_own() -> None:
    pinged = Pinged()
    await pinged.send_audio(batches=5)
    await asyncio.sleep(1)

    assert pinged.at == [0, 1100]


@in_virtual_time
async def test_a_message_postpones_the_ping() -> None:
    pinged = Pinged()
    await asyncio.sleep(0.4)
    pinged.pinger.message_received(at=asyncio.get_running_loop().time())
    joins = await pinged.send_audio(batches=4)
    await asyncio.sleep(0.3)

    assert joins == []
    assert pinged.at == [0, 1000]


@in_virtual_time
async def test_a_pinger_that_was_stopped_sends_nothing() -> None:
    pinged = Pinged()
    pinged.pinger.stop()
    await asyncio.sleep(5)

    assert pinged.at == [0]
