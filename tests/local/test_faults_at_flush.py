"""Faults at a later flush: what was requested before them."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from websockets.asyncio.client import connect

from callers import SERVICES, another_works, rest, say_all, until_the_word
from patience import PATIENCE_S
from wyoming_bridge.local.engine import EngineResult, Voice
from wyoming_bridge.local.engines.scripted import ScriptedEngine, Words
from wyoming_bridge.local.faults import Fault, FaultKind, FaultPoint
from wyoming_bridge.local.service import LocalServer


class HeldVoice:
    """A voice whose results come when the engine is released."""

    def __init__(self, voice: Voice, released: asyncio.Event) -> None:
        self._voice, self._released = voice, released
        self.feed, self.flush, self.close = voice.feed, voice.flush, voice.close

    async def results(self) -> AsyncIterator[EngineResult]:
        await self._released.wait()
        async for result in self._voice.results():
            yield result


class HeldEngine(ScriptedEngine):
    def __init__(self) -> None:
        super().__init__(words=Words.RUNS)
        self.released = asyncio.Event()

    async def open(self, *, bias_terms: Sequence[str] = ()) -> HeldVoice:
        return HeldVoice(await super().open(bias_terms=bias_terms), self.released)


@pytest.mark.parametrize("kind", [FaultKind.SILENT, FaultKind.HALF_OPEN])
async def test_finals_requested_before_the_fault_are_not_sent(
    kind: FaultKind, occurred: asyncio.Event
) -> None:
    service, engine = SERVICES["reson8"], HeldEngine()
    server = LocalServer(engine=engine)
    await server.start()
    server.fault = Fault(kind=kind, at=FaultPoint.FLUSH, nth_flush=2, times=1)
    async with connect(server.url + service.path, close_timeout=0.5) as socket:
        await say_all(socket, service)
        await socket.send(service.flush)
        async with asyncio.timeout(PATIENCE_S):
            await occurred.wait()
        engine.released.set()
        # Another session requests a final later and gets it. So the first final was due by now.
        assert await another_works(server, service)
        socket.transport.write_eof()
        said = await rest(socket)
    await server.stop()

    assert said == []


async def test_the_fault_can_happen_at_a_later_flush(failing: LocalServer) -> None:
    service = SERVICES["reson8"]
    failing.fault = Fault(kind=FaultKind.CLOSE, at=FaultPoint.FLUSH, nth_flush=2)
    async with connect(failing.url + service.path) as socket:
        await say_all(socket, service)
        await until_the_word(socket)
        await say_all(socket, service)
        said = await rest(socket)

    assert [json.loads(message)["type"] for message in said] == ["flush_confirmation"]
    assert socket.close_code == 1011
