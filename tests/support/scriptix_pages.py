"""The address and the start of a microphone session, for tests of Scriptix' documentation."""

from serving import KEY
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.local.service import LocalServer

SPEECH = bytes([5, 1]) * 16000
WORDS = scripted_words(SPEECH)
LISTENING = {"state": "listening"}


def microphone(server: LocalServer, **query: str) -> str:
    asked = {"token": KEY, "type": "fast", "language": "en"} | query
    return f"{server.url}/v2/realtime?" + "&".join(f"{n}={v}" for n, v in asked.items())


async def start(wire) -> None:
    """Send the start command, and wait until the server listens."""
    await wire.send(action="start")
    await wire.until(state="listening")
