"""Measure what the integration adds to the package's response time and to Home Assistant's start.

Run it with .venv-hass-test/bin/python. The entity and the package get the same audio without
pauses, in the same process, with the same scripted server. The response time is the time from the
end of the stream to the result.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median, quantiles
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "hass" / "support")]

from homeassistant.components import stt
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

import custom_components  # first, or Python finds the test plugin's folder with the same name
from custom_components.wyoming_bridge.bridge import PCM_16K_MONO, RequestOptions, Result
from custom_components.wyoming_bridge.profiles import profile_of
from custom_components.wyoming_bridge.speech_service import BACKENDS
from servers import TOKEN, Server

_RESPONSE_TARGET_MS: Final = 2.0
_IMPORT_TARGET_MS: Final = 150.0

_AUDIO: Final = bytes([9, 3]) * 160
_CHUNKS: Final = 100

_SPEECH: Final = stt.SpeechMetadata(
    "nl",
    stt.AudioFormats.WAV,
    stt.AudioCodecs.PCM,
    stt.AudioBitRates.BITRATE_16,
    stt.AudioSampleRates.SAMPLERATE_16000,
    stt.AudioChannels.CHANNEL_MONO,
)

_IMPORT: Final = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
import homeassistant.bootstrap, homeassistant.config_entries
import homeassistant.components.event, homeassistant.components.media_source
import homeassistant.components.sensor, homeassistant.components.stt
from homeassistant.helpers import entity_platform, intent, selector, update_coordinator
began = time.process_time()
import custom_components.wyoming_bridge
from custom_components.wyoming_bridge import config_flow, event, sensor, stt
print((time.process_time() - began) * 1000)
"""


class Audio:
    """An audio stream that records when it ended."""

    def __init__(self) -> None:
        self.ended_at = 0.0

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield one second of audio in chunks of Home Assistant's size."""
        for _ in range(_CHUNKS):
            yield _AUDIO
        self.ended_at = time.perf_counter()

    def response_ms(self) -> float:
        """Return the time since the end of the stream, in ms."""
        return (time.perf_counter() - self.ended_at) * 1000


async def responses(hass: HomeAssistant, server: Server, runs: int) -> tuple[list[float], ...]:
    """Return the response times of the entity and of the package in ms, measured alternately."""
    entry = MockConfigEntry(
        domain="wyoming_bridge",
        data={"provider": "reson8", "token": TOKEN, "url": f"{server.url}/reson8"},
        subentries_data=[{"data": {}, "subentry_type": "stt", "title": "Bench", "unique_id": None}],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    entity = stt.async_get_speech_to_text_entity(hass, "stt.bench")
    assert entity
    (subentry,) = entry.subentries.values()
    profile = profile_of(entry, subentry)
    backends = hass.data[BACKENDS]
    ours, alone = [], []
    for _ in range(runs):
        audio = Audio()
        answer = await entity.async_process_audio_stream(_SPEECH, audio.chunks())
        ours.append(audio.response_ms())
        assert answer.text
        audio = Audio()
        updates = backends.transcribe(
            audio.chunks(),
            source=PCM_16K_MONO,
            profile=profile,
            options=RequestOptions(language="nl"),
        )
        results = [each async for each in updates if isinstance(each, Result)]
        alone.append(audio.response_ms())
        assert results
    return ours, alone


def import_ms(compiled: str) -> float:
    """Return the CPU time in ms that importing the integration takes in a separate process.

    The modules are already compiled in the folder ``compiled``, as at every start except the first.
    """
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": compiled,
    }
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT], capture_output=True, check=True, env=environment
    )
    return float(done.stdout)


async def imports_ms(runs: int) -> list[float]:
    """Return the CPU times of several imports in ms, after one import that compiles the modules."""
    with tempfile.TemporaryDirectory() as compiled:
        await asyncio.to_thread(import_ms, compiled)
        return [await asyncio.to_thread(import_ms, compiled) for _ in range(runs)]


async def main() -> int:
    """Run the benchmark; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=200)
    runs: int = parser.parse_args().runs
    server = Server()
    await server.start()
    with tempfile.TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            hass.data.pop("custom_components", None)
            assert await async_setup_component(hass, "homeassistant", {})
            ours, alone = await responses(hass, server, runs)
            await hass.async_stop(force=True)
    await server.stop()
    added = median(ours) - median(alone)
    print("| response, ms | median | p95 |\n| --- | --- | --- |")
    for title, times in (("entity", ours), ("package alone", alone)):
        print(f"| {title} | {median(times):.2f} | {quantiles(times, n=20)[-1]:.2f} |")
    imports = await imports_ms(5)
    print(f"\nadded: {added:.2f} ms, target <= {_RESPONSE_TARGET_MS:g}")
    print(
        f"import: {median(imports):.0f} [{min(imports):.0f}..{max(imports):.0f}] ms, "
        f"target <= {_IMPORT_TARGET_MS:g}"
    )
    return 0 if added <= _RESPONSE_TARGET_MS and median(imports) <= _IMPORT_TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
