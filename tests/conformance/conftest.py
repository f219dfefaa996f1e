"""The local server on a socket, and a client that follows the services' documentation."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from openai_library import library, openai_server
from patience import PATIENCE_S
from serving import KEY, Serve, serving_each
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer

__all__ = ["library", "openai_server"]  # fixtures for the tests of this folder

Json = dict[str, object]


@dataclass
class Wire:
    """One websocket and the messages on it."""

    raw: ClientConnection

    async def send(self, **message: object) -> None:
        await self.raw.send(json.dumps(message))

    async def audio(self, pcm: bytes) -> None:
        await self.raw.send(pcm)

    async def text(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            return str(await self.raw.recv())

    async def next(self) -> Json:
        message: Json = json.loads(await self.text())
        return message

    async def until(self, **wanted: object) -> Json:
        """Skip messages up to the first one with these fields, and return it."""
        while True:
            message = await self.next()
            if message.items() >= wanted.items():
                return message

    async def rest(self) -> list[Json]:
        """Return all messages until the server closes."""
        messages = []
        try:
            while True:
                messages.append(await self.next())
        except ConnectionClosed:
            return messages

    @property
    def closed_with(self) -> int | None:
        return self.raw.close_code


Open = Callable[..., AbstractAsyncContextManager[Wire]]


def scripted_server(**behaviour: object) -> LocalServer:
    return LocalServer(
        engine=ScriptedEngine(), tokens=frozenset({KEY}), behaviour=Behaviour(**behaviour)
    )


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with serving_each(scripted_server) as start:
        yield start


@pytest.fixture
async def scriptix(serve: Serve) -> LocalServer:
    """A server that may fetch streams from this machine, and that reads them without pauses."""
    return await serve(allow_private_addresses=True, stream_pace="fast")


@pytest.fixture
def dial() -> Open:
    """Return a function that opens a websocket."""

    @asynccontextmanager
    async def start(url: str, **options: object) -> AsyncIterator[Wire]:
        async with connect(url, **options) as raw:
            yield Wire(raw)

    return start
