"""PocketSphinx: the handles, variables and rights of its processes."""

import os
import sys

import pytest

from proc_files import environment_of, handles_of, limit_of, status_of
from recognised import HEARD, SOMETHING, final_of
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


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

    added = [set(each) - set(os.environ) for each in given]
    assert added == [{"ORT_DISABLE_TELEMETRY"}] * 2
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
