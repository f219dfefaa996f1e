"""PocketSphinx: the handles, variables and rights of its processes."""

import os
import sys
from pathlib import Path

import pytest

from recognised import HEARD, SOMETHING, final_of
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


def environment_of(pid: int) -> dict[str, str]:
    entries = Path(f"/proc/{pid}/environ").read_text("utf-8").split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


def handles_of(pid: int) -> list[str]:
    """Return the targets of all handles except the standard streams."""
    handles = Path(f"/proc/{pid}/fd").iterdir()
    return [str(each.readlink()) for each in handles if int(each.name) > 2]


def status_of(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return {name: values.split() for name, _, values in (line.partition(":") for line in lines)}


def limit_of(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/limits").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith(name)).removeprefix(name).split()[0]


async def test_no_token_is_in_the_environment_of_a_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ELEVENLABS_TOKEN", "a-secret")
    monkeypatch.setenv("SUPERVISOR_TOKEN", "a-secret")
    engine = PocketsphinxEngine()
    await engine.start()
    voice = await engine.open()
    given = [environment_of(pid) for pid in (engine.pid, voice.pid)]
    await engine.close()

    assert [set(each) - set(os.environ) for each in given] == [set(), set()]
    assert "a-secret" not in str(given)


async def test_a_process_has_one_socket_and_no_other_handle(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    handles = [handles_of(pocketsphinx.pid)]
    voices = [await pocketsphinx.open() for _ in range(2)]
    handles += [handles_of(voice.pid) for voice in voices]

    assert [len(each) for each in handles] == [1, 1, 1]
    assert all(target.startswith("socket:") for (target,) in handles)


async def test_a_process_has_few_rights_and_still_recognises(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    voice = await pocketsphinx.open()
    for pid in (pocketsphinx.pid, voice.pid):
        status = status_of(pid)
        assert status["NoNewPrivs"] == ["1"]
        assert int(status["CapEff"][0], 16) == 0
        assert os.getuid() != 0 or "0" not in status["Uid"] + status["Gid"]
        assert limit_of(pid, "Max core file size") == "0"
        assert limit_of(pid, "Max file size") == "0"
        assert limit_of(pid, "Max open files") == "16"
        assert limit_of(pid, "Max address space") == str(1 << 30)
    assert limit_of(voice.pid, "Max processes") == "0"

    assert (await final_of(voice, SOMETHING)).text == HEARD["something"]
