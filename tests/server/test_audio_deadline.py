"""Audio that is late without being too late, and audio that is too late, in virtual time."""

import asyncio

import pytest

from virtual_time import VirtualTimeLoop, in_virtual_time
from wyoming_bridge.audio import PCM_16K_MONO, AudioPace, PausableClock
from wyoming_bridge.errors import LocalError
from wyoming_bridge.server.audio_deadline import AudioDeadline

SECOND = PCM_16K_MONO.bytes_of(1000)


class Audio:
    """The audio of one utterance, with its deadline. Times are seconds since the first audio."""

    def __init__(self, *, audio_timeout_s: float = 10) -> None:
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time()
        self.failed_at: list[int] = []
        self.deadline = AudioDeadline(
            PCM_16K_MONO, audio_timeout_s=audio_timeout_s, fail=self._on_late
        )

    def _on_late(self, _error: LocalError) -> None:
        self.failed_at.append(round(self._loop.time() - self._began_at))

    async def until(self, time_s: float) -> None:
        await asyncio.sleep(self._began_at + time_s - self._loop.time())

    async def arrive(self, *received: tuple[float, int]) -> None:
        """Let audio arrive: pairs of a time and a number of bytes."""
        for at_s, size in received:
            await self.until(at_s)
            self.deadline.add(size)


@pytest.mark.parametrize(
    ("received", "until_s"),
    [
        ([(n, SECOND) for n in range(60)], 60),
        ([(0.5 * n, SECOND) for n in range(60)], 60),
        ([(2 * n, SECOND) for n in range(11)], 22),
        # Bursts of 9 s.
        ([(9 * n, 9 * SECOND) for n in range(7)], 60),
        # A link that is delayed by 9 s twice, and catches up each time.
        ([(0, SECOND), (9.9, 9 * SECOND), (19.8, 10 * SECOND), (20, SECOND)], 30),
        # A link that is delayed by 11 s, so that the audio is too late until it catches up.
        ([(0, SECOND), *((12 + n / 100, SECOND) for n in range(12)), (14, SECOND)], 20),
    ],
)
@in_virtual_time
async def test_audio_in_bursts_is_in_time(received: list[tuple[float, int]], until_s: int) -> None:
    audio = Audio()
    await audio.arrive(*received)
    await audio.until(until_s)
    audio.deadline.cancel()

    assert audio.failed_at == []


@pytest.mark.parametrize(
    ("received", "audio_timeout_s", "fails_at"),
    [
        ([(0, 2)], 10, 12),
        ([(0, 2)], 5, 12),
        ([(0, 2)], 60, 62),
        ([(9 * n, 2) for n in range(2)], 10, 12),
        ([(2 * n, SECOND) for n in range(12)], 10, 24),
        ([(0, 20 * SECOND)], 10, 32),
    ],
)
@in_virtual_time
async def test_audio_is_too_late_even_if_no_more_audio_arrives(
    received: list[tuple[float, int]], audio_timeout_s: float, fails_at: int
) -> None:
    audio = Audio(audio_timeout_s=audio_timeout_s)
    await audio.arrive(*received)
    await audio.until(100)

    assert audio.failed_at == [fails_at]


@in_virtual_time
async def test_after_the_process_was_stopped_the_delayed_audio_has_time_to_arrive() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    audio = Audio()
    await audio.arrive((0, SECOND))
    loop.stand_still(15)
    await audio.arrive((16, 15 * SECOND), (18, SECOND))
    await audio.until(20)
    audio.deadline.cancel()

    assert audio.failed_at == []


@in_virtual_time
async def test_time_in_which_the_bridge_does_not_read_does_not_count() -> None:
    audio = Audio()
    await audio.arrive((0, SECOND))
    await audio.until(3)
    audio.deadline.pause()
    await audio.until(60)
    audio.deadline.pause()
    audio.deadline.resume()
    await audio.until(100)

    assert audio.failed_at == [70]


def test_audio_that_is_not_read_is_not_late() -> None:
    clock = PausableClock()
    pace = AudioPace(PCM_16K_MONO, now=0)
    pace.add(SECOND)

    clock.pause(now=3)
    assert pace.behind_s(now=clock.time(now=60)) == pytest.approx(2)
    clock.resume(now=60)
    assert pace.behind_s(now=clock.time(now=61)) == pytest.approx(3)
