"""The transcripts that PocketSphinx returns for the recordings."""

import asyncio
from contextlib import aclosing

from patience import PATIENCE_S
from recorded import recorded
from wyoming_bridge.events import FinalText
from wyoming_bridge.local.engines.process.voice import ProcessVoice

HEARD = {
    "something": "go somewhere and do something",
    "goforward": "go forward ten years",
    "austen-0920": (
        "had he married a more amiable woman he might have been made still more respectable "
        "many watts"
    ),
    "austen-0890": "hello study rather cold hearted and rather selfish is to the oldest those",
}
"""Measured with PocketSphinx's own English model, including the model's errors."""
SOMETHING = recorded("something")


async def final_of(voice: ProcessVoice, pcm: bytes) -> FinalText:
    _, final = await results_of(voice, pcm)
    return final


async def results_of(voice: ProcessVoice, pcm: bytes) -> tuple[list[str], FinalText]:
    """Feed audio in pieces of 0.1 s, and return the partials and the final."""
    for start in range(0, len(pcm), 3200):
        await voice.feed(pcm[start : start + 3200])
    await voice.flush()
    partials = []
    async with asyncio.timeout(PATIENCE_S), aclosing(voice.results()) as results:
        async for result in results:
            if isinstance(result, FinalText):
                return partials, result
            partials.append(result.text)
    raise AssertionError("the voice was closed")
