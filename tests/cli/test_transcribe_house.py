"""The command ``transcribe`` with a house that it reads from Home Assistant."""

import asyncio
from pathlib import Path

import pytest

from commands import COMMAND, SAMPLES
from home_assistants import FakeHomeAssistant
from patience import PATIENCE_S

pytestmark = pytest.mark.once

SAID = SAMPLES / "commands" / "set-bed-light-brightness-to-50-percent.wav"


async def transcribe(folder: Path, *, url: str, token: str) -> tuple[int, str, str]:
    config = folder / "bridge.yaml"
    config.write_text(
        f"home_assistant: {{url: '{url}', token: {token}}}\n"
        "profiles: {a: {provider: local, engine: moonshine}}"
    )
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "transcribe",
        str(SAID),
        *("--config", str(config), "--pace", "fast"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_recording_is_repaired_with_the_names_from_home_assistant(
    tmp_path: Path,
) -> None:
    home = FakeHomeAssistant()
    home.expose("light.bed", "Bed Light")
    await home.start()
    try:
        code, out, _ = await transcribe(tmp_path, url=home.url, token=home.token)
    finally:
        await home.stop()

    assert code == 0
    assert "Bed Light brightness to 50 percent" in out
    assert home.fetches == 1


async def test_an_unreachable_home_assistant_is_reported_and_only_its_names_are_missing(
    tmp_path: Path,
) -> None:
    code, out, err = await transcribe(tmp_path, url="http://127.0.0.1:1", token="s3cr3t")

    assert code == 0
    assert "50" in out
    assert "the names of the house cannot be read" in err
    assert "s3cr3t" not in out + err
