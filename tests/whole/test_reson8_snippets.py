"""The example code on Reson8's realtime page, run against the local server.

Only the parts that the page leaves to the reader are filled in: the address, the credentials, and
the data to send.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from needed import can_skip_without
from patience import PATIENCE_S
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer

SNIPPETS = Path(__file__).parents[1] / "fixtures" / "reson8" / "snippets"
ADDRESS = "wss://api.reson8.dev/v1/speech-to-text/realtime"
GAP = "Send audio data and control messages..."
PAGE = "Reson8, Realtime"
KEY = "the-right-key"
SPEECH = bytes([5, 1]) * 16000
SAID = [
    {"type": "transcript", "text": " ".join(scripted_words(SPEECH))},
    {"type": "flush_confirmation", "id": "abc123"},
]

PYTHON_GAP = """
        await ws.send(bytes([5, 1]) * 16000)
        await ws.send('{"type": "flush_request", "id": "abc123"}')
"""
JAVASCRIPT_GAP = """
  ws.send(Buffer.alloc(32000, Buffer.from([5, 1])));
  ws.send(JSON.stringify({ type: "flush_request", id: "abc123" }));
"""


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({KEY}))
    await server.start()
    yield server
    await server.stop()


def snippet(name: str, filled_in: dict[str, str]) -> str:
    text = (SNIPPETS / name).read_text()
    for gap, filling in filled_in.items():
        assert gap in text
        text = text.replace(gap, filling)
    return text


async def run(server: LocalServer, *command: str) -> tuple[list[object], str]:
    """Run an example, and stop the server after all answers. Return output lines and errors."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout
    async with asyncio.timeout(PATIENCE_S):
        lines = [json.loads(await process.stdout.readline()) for _ in SAID]
        await server.stop()
        _, errors = await process.communicate()
    assert process.returncode == 0, errors
    return lines, errors.decode()


@pytest.mark.promise(PAGE, "The example in Python")
async def test_the_python_program_gets_its_transcript(server: LocalServer) -> None:
    program = snippet(
        "transcribe.py.txt",
        {
            ADDRESS: f"{server.url}/v1/speech-to-text/realtime",
            "<your_api_key>": KEY,
            f"        # {GAP}\n": PYTHON_GAP,
        },
    )

    printed, errors = await run(server, sys.executable, "-c", program)

    assert printed == SAID
    assert errors == ""


@pytest.mark.promise(
    PAGE, "The example in JavaScript: passes token via Sec-WebSocket-Protocol header"
)
@pytest.mark.skipif(can_skip_without("node"), reason="no Node.js on this machine")
async def test_the_browser_program_gets_its_transcript(server: LocalServer) -> None:
    http = server.url.replace("ws:", "http:")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{http}/v1/auth/token", headers={"Authorization": f"ApiKey {KEY}"}) as answer,
    ):
        minted = await answer.json()
    program = snippet(
        "transcribe.js.txt",
        {
            ADDRESS: f"{server.url}/v1/speech-to-text/realtime",
            "<your_access_token>": minted["access_token"],
            f"  // {GAP}\n": JAVASCRIPT_GAP,
        },
    )

    printed, _ = await run(server, "node", "--experimental-websocket", "-e", program)

    assert printed == SAID
