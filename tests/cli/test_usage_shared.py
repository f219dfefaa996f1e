"""Commands and bridges on one machine share the limits in one state folder."""

import json
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commands import run
from sessions import noise

pytestmark = pytest.mark.once


def test_audio_of_commands_that_run_at_the_same_time_counts_for_the_next_command(
    tmp_path: Path,
) -> None:
    """Each command may finish the utterance with which it reaches the limit."""
    config, audio = tmp_path / "bridge.yaml", tmp_path / "audio.wav"
    config.write_text(
        f"state: '{tmp_path}'\n"
        "profiles: {here: {provider: local, engine: scripted, max_seconds_per_day: 3}}"
    )
    with wave.open(str(audio), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(noise(words=10))  # 2 s

    def transcribe() -> int:
        return run("transcribe", str(audio), "--config", str(config), "--pace", "fast").returncode

    with ThreadPoolExecutor(3) as threads:
        codes = [each.result() for each in [threads.submit(transcribe) for _ in range(3)]]
    (usage,) = json.loads((tmp_path / "audio-sent.json").read_text()).values()
    code = transcribe()

    assert usage["seconds"] == 2 * codes.count(0) >= 3
    assert code == 2, "the limit is reached"
