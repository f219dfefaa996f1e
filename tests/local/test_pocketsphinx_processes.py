"""PocketSphinx: its processes, what happens when one is killed, and starts that fail."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from patience import PATIENCE_S
from recognised import HEARD, SOMETHING, final_of
from wyoming_bridge.local.engine import EngineBusyError, EngineError
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine

pytestmark = pytest.mark.once


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


async def ended(pid: int) -> None:
    """Wait until a process has ended."""
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone = loop.create_future()
    loop.add_reader(descriptor, lambda: gone.done() or gone.set_result(None))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await gone
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def test_decoding_happens_in_a_process_per_voice(pocketsphinx: PocketsphinxEngine) -> None:
    voices = [await pocketsphinx.open() for _ in range(3)]
    assert len({os.getpid(), pocketsphinx.pid, *(voice.pid for voice in voices)}) == 5


def test_the_server_does_not_load_the_library() -> None:
    code = (
        "import asyncio, sys\n"
        "from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine\n"
        "async def main():\n"
        "    engine = PocketsphinxEngine()\n"
        "    await engine.start()\n"
        "    await engine.open()\n"
        "    print('pocketsphinx' in sys.modules)\n"
        "    await engine.close()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )

    assert done.stdout == "False\n"


async def test_the_process_that_forks_has_one_thread(pocketsphinx: PocketsphinxEngine) -> None:
    assert threads_of(pocketsphinx.pid) == 1


async def test_a_voice_beyond_the_maximum_is_refused(pocketsphinx: PocketsphinxEngine) -> None:
    voices = [await pocketsphinx.open() for _ in range(6)]
    with pytest.raises(EngineBusyError, match="max 6 concurrent voices reached"):
        await pocketsphinx.open()
    await voices[0].close()
    assert (await final_of(await pocketsphinx.open(), SOMETHING)).text == HEARD["something"]


async def test_a_killed_voice_does_not_affect_other_voices(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    victim, other = await pocketsphinx.open(), await pocketsphinx.open()
    os.kill(victim.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match=f"process {victim.pid} ended unexpectedly"):
        await anext(aiter(victim.results()))
    with pytest.raises(EngineError, match=f"process {victim.pid} ended unexpectedly"):
        await victim.feed(SOMETHING)
    assert (await final_of(other, SOMETHING)).text == HEARD["something"]
    assert (await final_of(await pocketsphinx.open(), SOMETHING)).text == HEARD["something"]


async def test_a_voice_killed_while_it_decodes_fails(pocketsphinx: PocketsphinxEngine) -> None:
    voice = await pocketsphinx.open()
    await voice.feed(SOMETHING)
    await voice.flush()
    results = voice.results()
    await anext(results)
    os.kill(voice.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="ended unexpectedly"):
        [result async for result in results]


async def test_after_the_zygote_is_killed_voices_continue_and_it_is_replaced(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    voice, zygote = await pocketsphinx.open(), pocketsphinx.pid
    os.kill(zygote, signal.SIGKILL)
    assert (await final_of(await pocketsphinx.open(), SOMETHING)).text == HEARD["something"]
    assert pocketsphinx.pid != zygote
    assert (await final_of(voice, SOMETHING)).text == HEARD["something"]


async def test_signals_to_all_processes_do_not_end_a_voice(
    pocketsphinx: PocketsphinxEngine,
) -> None:
    voice = await pocketsphinx.open()
    os.killpg(pocketsphinx.pid, signal.SIGINT)
    os.killpg(pocketsphinx.pid, signal.SIGTERM)
    assert (await final_of(voice, SOMETHING)).text == HEARD["something"]


async def test_a_closed_voice_ends_its_process(pocketsphinx: PocketsphinxEngine) -> None:
    voice = await pocketsphinx.open()
    await voice.feed(SOMETHING)
    await voice.close()
    await ended(voice.pid)


async def test_a_closed_engine_leaves_no_process(pocketsphinx: PocketsphinxEngine) -> None:
    voice = await pocketsphinx.open()
    await voice.feed(SOMETHING)
    await voice.flush()
    zygote = pocketsphinx.pid
    await pocketsphinx.close()
    await ended(zygote)
    await ended(voice.pid)


async def test_a_killed_parent_leaves_no_process() -> None:
    script = (
        "import asyncio\n"
        "from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine\n"
        "async def main():\n"
        "    engine = PocketsphinxEngine()\n"
        "    await engine.start()\n"
        "    voice = await engine.open()\n"
        "    print(engine.pid, voice.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    async with asyncio.timeout(PATIENCE_S):
        zygote, voice = map(int, (await parent.stdout.readline()).split())
    parent.kill()
    await ended(zygote)
    await ended(voice)
    assert await parent.stdout.read() == b""
    await parent.wait()


async def test_a_missing_library_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(EngineError, match=r"^pocketsphinx is not installed: pip install 'wyoming-"):
        await PocketsphinxEngine().start()


async def test_a_start_that_takes_too_long_is_an_error() -> None:
    engine = PocketsphinxEngine(start_limit_s=0.001)
    with pytest.raises(EngineError, match=r"did not start within 0\.001 s"):
        await engine.start()
    assert engine.pid is None


async def test_the_error_for_a_library_that_cannot_be_loaded_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pocketsphinx.py").write_text("raise ImportError('a part of it\\nis missing')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"cannot start: ImportError: a part of it is missing$"):
        await PocketsphinxEngine().start()
