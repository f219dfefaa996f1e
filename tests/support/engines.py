"""Engines of the local server and their results.

An engine without a model of its own gets a small one.
"""

import asyncio
from contextlib import aclosing
from pathlib import Path

from patience import PATIENCE_S
from wyoming_bridge.events import FinalText
from wyoming_bridge.local.engine import Engine, EngineResult, Voice
from wyoming_bridge.local.engines.registry import ENGINES, create_engine

KINDS = [*ENGINES, "sherpa-ctc", "moonshine-streaming"]
"""The engines. Those that load two kinds of models occur twice."""


def created(kind: str, models: dict[str, Path]) -> Engine:
    """Return a new engine with its model from ``models``."""
    return create_engine(kind.partition("-")[0], model=models.get(kind))


async def results_until(voice: Voice, finals: int) -> list[EngineResult]:
    """Return the results until this number of finals has arrived."""
    said: list[EngineResult] = []
    async with asyncio.timeout(PATIENCE_S), aclosing(voice.results()) as results:
        while finals:
            said.append(await anext(results))
            finals -= isinstance(said[-1], FinalText)
    return said


async def a_final(engine: Engine, *pieces: bytes) -> FinalText:
    """Return the final of a new voice after these pieces of audio."""
    voice = await engine.open()
    for piece in pieces:
        await voice.feed(piece)
    await voice.flush()
    said = await results_until(voice, 1)
    await voice.close()
    return said[-1]
