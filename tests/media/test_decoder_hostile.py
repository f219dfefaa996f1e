"""Data that has a false header, crashes the decoder or needs gigabytes of memory.

Such data ends only the session of the client that sends it.
"""

import asyncio
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from crafted import aiff, au, box, flac, mp4, wav, with_id3
from encoded import encoded
from patience import PATIENCE_S
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.errors import MediaError, MediaProblem
from wyoming_bridge.media.decoder import MediaDecoder
from wyoming_bridge.media.decoding_task import OWN_MEMORY_BYTES

pytestmark = pytest.mark.once

HZ_16000 = bytes.fromhex("400cfa00000000000000")
HZ_20 = bytes.fromhex("4003a000000000000000")
HZ_1E9 = bytes.fromhex("401cee6b280000000000")
ADPCM = struct.pack("<HH", 2, 505)
BEGIN_OF_MP4 = box(b"ftyp", b"isom\0\0\0\0isom") + (1 << 30).to_bytes(4) + b"mdat"
"""The beginning of a file whose index is not at its beginning."""
MEMORY_BYTES = 100 * 1024 * 1024
"""Far more than a decoder and its libraries need, and far less than the files' headers claim."""


REFUSED = [
    (flac(rate_hz=20, frames=4000), "sample rate must be 4000 to 192000 Hz, got 20 Hz"),
    (flac(rate_hz=1, frames=4), "sample rate must be 4000 to 192000 Hz, got 1 Hz"),
    (flac(rate_hz=655_350, frames=4), "sample rate must be .*, got 655350 Hz"),
    (wav(rate_hz=20), "sample rate must be .*, got 20 Hz"),
    (wav(rate_hz=2**31 - 1), "sample rate must be .*, got 2147483647 Hz"),
    (wav(channels=17, bytes_per_frame=34), "must have 1 to 16 channels, got 17"),
    (
        wav(tag=2, rate_hz=20, bits=4, bytes_per_frame=256, extension=ADPCM),
        "sample rate must be .*, got 20 Hz",
    ),
    (
        wav(tag=0x11, rate_hz=20, bits=4, bytes_per_frame=65_535, extension=ADPCM),
        "sample rate must be .*, got 20 Hz",
    ),
    (aiff(rate=HZ_20), "sample rate must be .*, got 20 Hz"),
    (aiff(rate=HZ_1E9), "sample rate must be .*, got 1000000000 Hz"),
    (aiff(rate=HZ_16000, channels=255), "must have 1 to 16 channels, got 255"),
    (au(rate_hz=20), "sample rate must be .*, got 20 Hz"),
    (au(rate_hz=10**9), "sample rate must be .*, got 1000000000 Hz"),
    (mp4(samples=500, rate_hz=1), "sample rate must be .*, got 1 Hz"),
    (mp4(samples=500, channels=64), "must have 1 to 16 channels, got 64"),
    (encoded(bytes(32_000), "matroska", "pcm_s16le", rate_hz=2000), "got 2000 Hz"),
    (encoded(bytes(32_000), "caf", "pcm_s16le", rate_hz=2000), "got 2000 Hz"),
    (encoded(bytes(32_000), "w64", "pcm_s16le", rate_hz=2000), "got 2000 Hz"),
]
LIES = [
    wav(rate_hz=0),
    wav(channels=0),
    wav(channels=65_535, bytes_per_frame=65_534),
    wav(before=b"LIST\xf0\xff\xff\x7fINFOINAM\xe0\xff\xff\x7f"),
    au(rate_hz=16_000, channels=10**6),
    mp4(samples=500, channels=65_535),
    mp4(samples=2**28, codec=b"mp4a"),
    mp4(samples=2**31, codec=b"samr"),
    box(b"ftyp", b"isom\0\0\0\0isom") + b"\x7f\xff\xff\xffmoov" + bytes(1000),
    with_id3(b"", picture=b"", claimed_bytes=2**28 - 1),
    b"\x1a\x45\xdf\xa3\x08\xff\xff\xff\xff\xff\xff\xff" + bytes(1000),
    b"OggS" + bytes(range(256)) * 40,
]

MEASURED = """
import asyncio, resource, sys
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.errors import MediaError
from wyoming_bridge.media.decoder import MediaDecoder

async def decode(data):
    async with MediaDecoder(target=PCM_16K_MONO) as decoder:
        await decoder.feed(data)
        decoder.finish()
        try:
            async for _ in decoder.audio():
                pass
        except MediaError:
            pass

async def main():
    for size in sys.argv[1:]:
        await decode(sys.stdin.buffer.read(int(size)))

asyncio.run(main())
status = open("/proc/self/status").read()  # RUSAGE_SELF has the memory of the parent before exec
print(status.partition("VmHWM:")[2].split()[0])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A program that decodes files from standard input.

It prints the peak memory of its own process and of the decoder processes.
"""


def child() -> int:
    """Return the process id of the only child of this test's process."""
    (found,) = (
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/stat")
        if each.read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    )
    return found


def peak_bytes(process: int) -> int:
    (line,) = (
        each
        for each in Path(f"/proc/{process}/status").read_text().splitlines()
        if each.startswith("VmHWM:")
    )
    return int(line.split()[1]) * 1024


async def feed(decoder: MediaDecoder, data: bytes) -> None:
    await decoder.feed(data)
    decoder.finish()


async def pieces(data: bytes) -> list[bytes]:
    async with MediaDecoder(target=PCM_16K_MONO) as decoder, asyncio.timeout(PATIENCE_S):
        feeding = asyncio.create_task(feed(decoder, data))
        try:
            return [each async for each in decoder.audio()]
        finally:
            await feeding


@pytest.mark.parametrize(
    ("data", "reason"),
    REFUSED,
)
async def test_a_rate_or_channel_count_out_of_range_is_refused_before_decoding(
    data: bytes, reason: str
) -> None:
    with pytest.raises(MediaError, match=reason) as caught:
        await pieces(data)

    assert caught.value.problem is MediaProblem.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("data", LIES)
async def test_other_wrong_values_in_a_header_are_errors(data: bytes) -> None:
    with pytest.raises(MediaError) as caught:
        await pieces(data)

    assert caught.value.problem is MediaProblem.UNSUPPORTED_FORMAT


def test_no_file_takes_as_much_memory_as_its_header_claims() -> None:
    files = [*(data for data, _ in REFUSED), *LIES]

    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", MEASURED, *(str(len(each)) for each in files)],
        input=b"".join(files),
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
    )

    own, decoders = (int(each) * 1024 for each in done.stdout.split())
    assert own < MEMORY_BYTES
    assert decoders < MEMORY_BYTES


@pytest.mark.parametrize("channels", [1, 8])
async def test_an_hour_of_silence_in_a_kilobyte_is_decoded_piece_by_piece(channels: int) -> None:
    peak = 0
    sizes = set()

    async with MediaDecoder(target=PCM_16K_MONO) as decoder, asyncio.timeout(PATIENCE_S):
        process = child()
        feeding = asyncio.create_task(
            feed(decoder, flac(rate_hz=4000, frames=30, channels=channels))
        )
        async for each in decoder.audio():
            sizes.add(len(each))
            peak = max(peak, peak_bytes(process))
            if len(sizes) > 1:
                break
        await decoder.close()
        await feeding

    assert max(sizes) <= PCM_16K_MONO.bytes_of(100)
    assert peak < MEMORY_BYTES


async def test_pieces_are_100_ms_or_shorter_whatever_the_size_of_a_frame() -> None:
    found = await pieces(flac(rate_hz=16_000, frames=2))

    assert sum(map(len, found)) == 2 * 65_535 * 2
    assert max(map(len, found)) == 3200


@pytest.mark.parametrize(
    ("size", "count", "limit_mib"),
    [(0xFF_FFFF, 1, 12), (1 << 20, 80, 48)],
    ids=["at once", "piece by piece"],
)
async def test_a_decoder_that_needs_too_much_memory_ends_its_session_with_an_error(
    size: int, count: int, limit_mib: int
) -> None:
    picture = struct.pack(">II9sI16xI", 3, 9, b"image/png", 0, size - 41) + bytes(size - 41)
    block = b"\x06" + size.to_bytes(3) + picture

    async def feed_pictures() -> None:
        await decoder.feed(b"fLaC\x00" + flac(rate_hz=16_000, frames=0)[5:])
        for _ in range(count):
            await decoder.feed(block)

    async with MediaDecoder(target=PCM_16K_MONO) as decoder, asyncio.timeout(PATIENCE_S):
        feeding = asyncio.create_task(feed_pictures())
        with pytest.raises(MediaError, match=f"decoding needs more than {limit_mib} MiB of memory"):
            async for _ in decoder.audio():
                pass
        await feeding


async def test_a_file_that_is_cut_because_memory_is_short_is_an_error() -> None:
    data = flac(rate_hz=4000, frames=30, channels=8)

    async with (
        MediaDecoder(target=PCM_16K_MONO, memory_bytes=28 << 20) as decoder,
        asyncio.timeout(PATIENCE_S),
    ):
        feeding = asyncio.create_task(feed(decoder, data))
        with pytest.raises(MediaError, match="decoding needs more than 28 MiB of memory"):
            async for _ in decoder.audio():
                pass
        await feeding


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (signal.SIGSEGV, "the decoder crashed (SIGSEGV)"),
        (signal.SIGABRT, "the decoder crashed (SIGABRT)"),
        (signal.SIGKILL, "the decoder crashed (SIGKILL)"),
        (signal.SIGPROF, "the decoder made no progress and was ended"),
    ],
)
async def test_a_crash_of_the_decoder_ends_its_session_with_an_error(
    ending: signal.Signals, reason: str
) -> None:
    async with MediaDecoder(target=PCM_16K_MONO) as decoder, asyncio.timeout(PATIENCE_S):
        await decoder.feed(encoded(bytes(32_000), "ogg", "libopus", rate_hz=48_000))
        os.kill(child(), ending)
        with pytest.raises(MediaError) as caught:
            async for _ in decoder.audio():
                pass
        await decoder.settle()
        await decoder.feed(bytes(1_000_000))

    assert caught.value.message == reason


@pytest.mark.parametrize(
    "data",
    [
        b"ffconcat version 1.0\nfile '{}'\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n",
        b"[playlist]\nFile1={}\n",
        b"v=0\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n",
        b"<?xml?><MPD><Period><AdaptationSet><Representation><BaseURL>file://{}</BaseURL>",
    ],
)
async def test_a_list_of_other_files_is_not_followed(data: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp3"
    secret.write_bytes(encoded(bytes(64_000), "mp3", "libmp3lame"))

    with pytest.raises(MediaError, match="is not audio, or its format is not supported"):
        await pieces(data.replace(b"{}", str(secret).encode()))


async def test_the_decoder_gets_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WYOMING_BRIDGE_TOKEN", "s3cret")

    async with MediaDecoder(target=PCM_16K_MONO):
        process = Path(f"/proc/{child()}")
        environment = (process / "environ").read_bytes()
        arguments = (process / "cmdline").read_bytes()

    assert b"s3cret" not in environment + arguments


@pytest.mark.parametrize(
    ("mib", "reason"),
    [
        (27, "is not audio, or its format is not supported"),  # it has no index
        (29, "too large to be read whole; allowed: 28 MiB"),
    ],
)
async def test_a_file_with_its_index_at_the_end_has_a_largest_size(mib: int, reason: str) -> None:
    with pytest.raises(MediaError, match=reason):
        await pieces(BEGIN_OF_MP4 + bytes(mib << 20))


async def test_a_file_of_the_user_may_take_more_memory() -> None:
    data = BEGIN_OF_MP4 + bytes(29 << 20)

    async with (
        MediaDecoder(target=PCM_16K_MONO, memory_bytes=OWN_MEMORY_BYTES) as decoder,
        asyncio.timeout(PATIENCE_S),
    ):
        feeding = asyncio.create_task(feed(decoder, data))
        with pytest.raises(MediaError, match="is not audio, or its format is not supported"):
            async for _ in decoder.audio():
                pass
        await feeding


async def test_many_decoders_at_once_leave_no_process() -> None:
    data = encoded(bytes(32_000), "flac", "flac")

    found = await asyncio.gather(*(pieces(data) for _ in range(4)))

    assert [len(b"".join(each)) for each in found] == [32_000] * 4
    with pytest.raises(ValueError, match="not enough values"):
        child()
