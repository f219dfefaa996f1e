"""How many decoders run at once, and which of them may take much memory."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest

from crafted import box
from encoded import encoded
from patience import PATIENCE_S
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.errors import MediaError, MediaProblem
from wyoming_bridge.media.decoder import MediaDecoder
from wyoming_bridge.media.decoder_places import MAX_DECODERS
from wyoming_bridge.media.decoding_task import OWN_MEMORY_BYTES

pytestmark = pytest.mark.once

FLAC = encoded(bytes(32_000), "flac", "flac")
MP4 = encoded(bytes(32_000), "mp4", "aac")
"""A file with its index at the end."""
BEGIN_OF_MP4 = box(b"ftyp", b"isom\0\0\0\0isom") + (1 << 30).to_bytes(4) + b"mdat"


def children() -> set[int]:
    """Return the process ids of the children of this test's process."""
    return {
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/stat")
        if each.read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    }


async def decoded(data: bytes) -> bytes:
    async with MediaDecoder(target=PCM_16K_MONO) as decoder, asyncio.timeout(PATIENCE_S):
        await decoder.feed(data)
        decoder.finish()
        return b"".join([each async for each in decoder.audio()])


async def test_a_decoder_starts_when_another_one_has_ended() -> None:
    async with AsyncExitStack() as stack:
        for _ in range(MAX_DECODERS):
            await stack.enter_async_context(MediaDecoder(target=PCM_16K_MONO))
        waiting = [asyncio.create_task(decoded(FLAC)) for _ in range(2 * MAX_DECODERS)]
        abandoned = waiting.pop(0)
        await asyncio.sleep(0)
        abandoned.cancel()
        assert not any(task.done() for task in waiting)

    assert [len(each) for each in await asyncio.gather(*waiting)] == [32_000] * 3


async def test_the_number_of_decoders_that_run_at_once_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wyoming_bridge.media.decoder_places._WAIT_S", 0.2)
    async with AsyncExitStack() as stack:
        for _ in range(MAX_DECODERS):
            await stack.enter_async_context(MediaDecoder(target=PCM_16K_MONO))
        with pytest.raises(MediaError, match="max 2 concurrent decoders") as caught:
            await decoded(b"RIFF")

    assert caught.value.problem is MediaProblem.BUSY
    assert len(await decoded(FLAC)) == 32_000


@asynccontextmanager
async def decoding_whole_file() -> AsyncIterator[MediaDecoder]:
    """Decode the beginning of a file that has to be read whole, which takes much memory."""
    async with MediaDecoder(target=PCM_16K_MONO) as decoder, asyncio.timeout(PATIENCE_S):
        reading = asyncio.create_task(anext(decoder.audio(), None))
        await decoder.feed(BEGIN_OF_MP4 + bytes(10_000))
        await decoder.settle()
        yield decoder
        await decoder.close()
        await reading


async def test_a_file_that_needs_much_memory_waits_for_another_one() -> None:
    async with decoding_whole_file():
        waiting = asyncio.create_task(decoded(MP4))
        await asyncio.sleep(0)
        assert not waiting.done()

    assert len(await waiting) >= 32_000


async def test_only_one_file_at_a_time_gets_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wyoming_bridge.media.decoder_places._WAIT_S", 0.2)

    async with decoding_whole_file():
        with pytest.raises(MediaError, match="max 1 concurrent decoder of a file") as caught:
            await decoded(MP4)
        assert len(await decoded(FLAC)) == 32_000

    assert caught.value.problem is MediaProblem.BUSY


async def test_a_decoder_that_waits_for_memory_can_be_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wyoming_bridge.media.decoder_places._WAIT_S", 10 * PATIENCE_S)

    async with (
        decoding_whole_file(),
        MediaDecoder(target=PCM_16K_MONO) as second,
        asyncio.timeout(PATIENCE_S),
    ):
        reading = asyncio.create_task(anext(second.audio(), None))
        await second.feed(BEGIN_OF_MP4)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(second.settle(), 0.5)
        await second.close()
        with suppress(MediaError):
            await reading


async def test_a_decoder_that_crashes_while_it_waits_for_memory_reports_the_crash() -> None:
    async with decoding_whole_file() as first:
        others = children()
        async with MediaDecoder(target=PCM_16K_MONO) as second, asyncio.timeout(PATIENCE_S):
            (child,) = children() - others
            reading = asyncio.create_task(anext(second.audio(), None))
            await second.feed(BEGIN_OF_MP4)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(second.settle(), 0.5)
            os.kill(child, signal.SIGKILL)
            while child in children():  # noqa: ASYNC110 - the end of a process sets no event
                await asyncio.sleep(0)
            await first.close()
            with pytest.raises(MediaError, match=r"the decoder crashed \(SIGKILL\)"):
                await reading


async def test_a_decoder_has_one_thread_however_much_memory_it_has() -> None:
    async with (
        MediaDecoder(target=PCM_16K_MONO, memory_bytes=OWN_MEMORY_BYTES) as decoder,
        asyncio.timeout(PATIENCE_S),
    ):
        (child,) = children()
        tasks = Path(f"/proc/{child}/task")
        data = encoded(bytes(640_000), "wav", "pcm_s16le", rate_hz=44_100)  # is resampled
        feeding = asyncio.create_task(decoder.feed(data))
        async with aclosing(decoder.audio()) as audio:
            await anext(audio)
            threads = await asyncio.to_thread(lambda: len([*tasks.iterdir()]))
        await decoder.close()
        await feeding

    assert threads == 1
