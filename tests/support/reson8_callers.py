"""The emulator of Reson8 on a socket, and a plain client for it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlencode

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from reson8_servers import FLUSH
from serving import KEY, serving
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour

PATH = "/v1/speech-to-text/realtime"
SPEECH = bytes([5, 1]) * 16000
MODELS = {"kitchen": ("extractor hood", "dishwasher", "fan"), "empty": ()}
WITH_MODELS = Reson8Behaviour(models=MODELS, segment_silence_s=0, max_segment_s=0)
"""With these settings, only a flush of the client ends a segment."""


def serving_reson8(
    engine: Engine | None = None, *, tokens: Sequence[str] = (KEY,)
) -> AbstractAsyncContextManager[LocalServer]:
    """Start a server with ``MODELS``. It accepts ``KEY`` unless other tokens are given."""
    return serving(
        LocalServer(
            engine=engine or ScriptedEngine(),
            tokens=frozenset(tokens),
            behaviour=Behaviour(services=(WITH_MODELS,)),
        )
    )


@asynccontextmanager
async def http(server: LocalServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base_url=server.url.replace("ws:", "http:")) as session:
        yield session


def opening(
    server: LocalServer,
    *,
    headers: Mapping[str, str] | None = None,
    offer: Sequence[str] = (),
    **query: str,
) -> connect:
    return connect(
        f"{server.url}{PATH}?{urlencode(query)}",
        additional_headers=headers,
        subprotocols=[Subprotocol(each) for each in offer] or None,
        proxy=None,
    )


async def flushed(socket: ClientConnection) -> list[dict[str, object]]:
    """Flush, and return all messages up to the confirmation."""
    await socket.send(FLUSH)
    said = []
    async for message in socket:
        said.append(json.loads(message))
        if said[-1]["type"] != "transcript":
            break
    return said
