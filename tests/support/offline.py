"""A profile with the scripted engine, and a microphone whose words the engine recognises."""

from collections.abc import AsyncIterator

from wyoming_bridge import AudioFormat, Encoding, LocalBackend, Profile
from wyoming_bridge.local.engines.scripted import scripted_words

SPEECH = bytes([6, 2]) * 16000
"""One second of audio."""
WORDS = " ".join(scripted_words(SPEECH))
MONO = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))


async def microphone() -> AsyncIterator[bytes]:
    for start in range(0, len(SPEECH), 2048):
        yield SPEECH[start : start + 2048]
