"""The conversion of a client's audio for the engine."""

import tracemalloc

from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat, Encoding
from wyoming_bridge.errors import MediaError
from wyoming_bridge.local.audio_input import AudioInput
from wyoming_bridge.local.engine import EngineError

TELEPHONE = AudioFormat(encoding=Encoding.MULAW, sample_rate_hz=4000, channels=1)
"""The format in which the same number of bytes is the most audio."""

LARGEST_MESSAGE = 4 << 20


async def test_a_large_message_is_converted_in_small_parts() -> None:
    fed = 0

    async def feed(pcm: bytes) -> None:
        nonlocal fed
        fed += len(pcm)

    async def fail(error: MediaError | EngineError) -> None:
        raise AssertionError(error)

    audio = AudioInput(TELEPHONE, containers=frozenset(), feed=feed, fail=fail)
    message = bytes(LARGEST_MESSAGE)
    await audio.take(message[:1000])  # loads the libraries
    tracemalloc.start()
    await audio.take(message)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await audio.flush()
    await audio.close()

    seconds = (len(message) + 1000) / 4000
    assert fed == PCM_16K_MONO.bytes_of(seconds * 1000)
    assert peak < LARGEST_MESSAGE
