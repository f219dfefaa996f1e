"""The messages of Scriptix' older sample client, tested with the local server."""

import pytest

from serving import KEY
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.service import LocalServer

SPEECH = bytes([5, 1]) * 16000
TEXT = " ".join(scripted_words(SPEECH))
RIFF = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data"
STREAMED = RIFF + b"\xff\xff\xff\xff" + SPEECH


@pytest.mark.parametrize("prefix", ["", "/scriptix"])
async def test_the_older_path_has_the_older_results(
    dial, scriptix: LocalServer, prefix: str
) -> None:
    url = f"{scriptix.url}{prefix}/realtime?language=nl-nl"
    async with dial(url, additional_headers={"x-zoom-s2t-key": KEY}) as wire:
        await wire.send(action="start")
        listening = await wire.text()
        for start in range(0, len(STREAMED), 32_768):
            await wire.audio(STREAMED[start : start + 32_768])
        await wire.send(action="stop")
        *results, stopped = await wire.rest()

    *partials, final = results
    assert listening == '{"state":"listening"}'
    assert all(set(partial) == {"partial"} for partial in partials)
    assert (set(final), final["text"]) == ({"result", "text"}, TEXT)
    assert final["result"][0] == [f" {scripted_words(SPEECH)[0]}", 0, 200, 1.0]
    assert stopped == {"state": "stopped"}
    assert wire.closed_with == 1000


async def test_the_older_path_needs_the_token(dial, scriptix: LocalServer) -> None:
    async with dial(f"{scriptix.url}/realtime?language=nl-nl") as wire:
        (said,) = await wire.rest()

    assert "Token" in said["error"]
