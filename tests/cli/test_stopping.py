"""What a running bridge does with the signals that ask it to stop."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.ping import Ping

from patience import PATIENCE_S
from proc_files import descendants_of
from recognised import HEARD
from recorded import recorded
from wyoming_bridge.config import Address
from wyoming_bridge.local.engines.scripted import scripted_words

pytestmark = pytest.mark.once

FORMAT = {"rate": 16000, "width": 2, "channels": 1}
UTTERANCES = 200
AT_ONCE = 25
"""How many clients connect at once: fewer than there are places for strangers."""


class Speaker:
    """A client that speaks half of an utterance before the signal, and the rest after it."""

    def __init__(self, client: AsyncTcpClient, pcm: bytes) -> None:
        self._client = client
        self._pcm = pcm

    async def begin(self) -> None:
        """Send half of the audio, and wait until the bridge has read it."""
        await self._client.connect()
        await self._client.write_event(Transcribe(language="en").event())
        await self._client.write_event(AudioStart(**FORMAT).event())
        await self._send(self._pcm[: len(self._pcm) // 2])
        await self._client.write_event(Ping().event())
        await self._read_until("pong")

    async def end(self) -> object:
        """Send the rest of the audio, and return the transcript."""
        await self._send(self._pcm[len(self._pcm) // 2 :])
        await self._client.write_event(AudioStop().event())
        return (await self.answer()).get("text")

    async def answer(self) -> dict[str, object]:
        """Wait for the transcript or the error, and return its data."""
        return (await self._read_until("transcript", "error")).data

    async def close(self) -> None:
        await self._client.disconnect()

    async def _read_until(self, *kinds: str) -> Event:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event = await self._client.read_event()
                assert event is not None, "the bridge closed the connection"
                if event.type in kinds:
                    return event

    async def _send(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), 6400):
            audio = pcm[start : start + 6400]
            await self._client.write_event(AudioChunk(audio=audio, **FORMAT).event())


def address_of(line: str) -> tuple[str, int]:
    address = Address.parse(line.removeprefix("Listening at ").split()[0], key="uri")
    return address.host, address.port


def until_it_drains(process: subprocess.Popen[str]) -> None:
    """Wait until the bridge says that utterances have time to finish."""
    assert process.stderr is not None
    assert next(line for line in process.stderr if "to finish before the stop" in line)


def different_speech(number: int) -> bytes:
    return bytes([number % 251 + 1, number % 7 + 1]) * 16000


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.yaml"
    path.write_text(
        "listen: tcp://127.0.0.1:0\n"
        f"drain_timeout_s: {PATIENCE_S}\n"
        "profiles:\n"
        "  p: {provider: local, engine: scripted, source: client, speculate_ms: 5000,\n"
        "      audio_timeout_s: 60, connect_timeout_s: 60, answer_timeout_s: 60,\n"
        "      final_timeout_s: 60, total_timeout_s: 120}\n"  # long limits, for a busy machine
    )
    return path


async def test_no_utterance_is_lost_when_a_bridge_with_many_is_asked_to_stop(
    started, config: Path
) -> None:
    process, line = started("run", "--config", str(config))
    speech = [different_speech(number) for number in range(UTTERANCES)]
    place = address_of(line)
    speakers = [Speaker(AsyncTcpClient(*place), pcm) for pcm in speech]
    for first in range(0, UTTERANCES, AT_ONCE):
        await asyncio.gather(*(speaker.begin() for speaker in speakers[first : first + AT_ONCE]))

    process.send_signal(signal.SIGTERM)
    until_it_drains(process)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*place)
    texts = await asyncio.gather(*(speaker.end() for speaker in speakers))
    _, log = process.communicate(timeout=PATIENCE_S)
    for speaker in speakers:
        await speaker.close()

    assert texts == [" ".join(scripted_words(pcm)) for pcm in speech]
    assert process.returncode == 0
    assert "WARNING" not in log


async def test_a_second_signal_ends_the_wait(started, config: Path) -> None:
    process, line = started("run", "--config", str(config))
    speaker = Speaker(AsyncTcpClient(*address_of(line)), different_speech(1))
    await speaker.begin()

    process.send_signal(signal.SIGTERM)
    until_it_drains(process)
    process.send_signal(signal.SIGINT)
    answer = await speaker.answer()
    _, log = process.communicate(timeout=PATIENCE_S)
    await speaker.close()

    assert answer["code"] == "bridge_stopping"
    assert process.returncode == 0
    assert "Traceback" not in log


async def test_a_signal_to_all_processes_ends_no_utterance(started, tmp_path: Path) -> None:
    """Service managers and terminals also send the signal to the recogniser's processes."""
    config = tmp_path / "bridge.yaml"
    config.write_text(
        f"listen: tcp://127.0.0.1:0\ndrain_timeout_s: {PATIENCE_S}\n"
        "profiles: {p: {provider: local, engine: pocketsphinx, source: client}}\n"
    )
    process, line = started("run", "--config", str(config))
    speaker = Speaker(AsyncTcpClient(*address_of(line)), recorded("something"))
    await speaker.begin()

    recognisers = descendants_of(process.pid)
    for pid in (process.pid, *recognisers):
        os.kill(pid, signal.SIGTERM)
    until_it_drains(process)
    text = await speaker.end()
    process.communicate(timeout=PATIENCE_S)
    await speaker.close()

    assert recognisers
    assert text == HEARD["something"]
    assert process.returncode == 0
