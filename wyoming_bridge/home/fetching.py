"""Fetches the house over one connection to Home Assistant, now and after each change."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from ..errors import ConnectionLostError
from ..house import House
from ..rest import rest_s
from ..session import Connector, Transport
from .api import HomeAssistantApi
from .client import HomeClient
from .connecting import connected, new_connector
from .messages import HOME_ASSISTANT

__all__ = ["FetchedHouse", "Pauses", "fetch_house", "fetched_houses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """The time limits and pauses of the connection, in seconds. Each must be greater than 0."""

    answer_s: float = 30.0
    """How long Home Assistant may take to answer. It is slow while it starts."""
    settle_s: float = 2.0
    """The pause between a change and the next fetch, because a change is often one of several."""
    refresh_s: float = 600.0
    """The longest time between two fetches, because some changes have no event."""
    ping_s: float = 30.0
    """How long Home Assistant may send nothing before it gets a ping."""
    first_retry_s: float = 1.0
    """The pause after the first failure. It doubles with each further failure. After a connection
    that lasted for ``longest_retry_s``, it starts at this value again. So a server that closes each
    connection early is not asked every second."""
    longest_retry_s: float = 60.0
    """The longest pause after a failure, except after a wrong token."""
    refused_retry_s: float = 300.0
    """The pause after a token was not accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedHouse:
    """The result of one fetch."""

    house: House
    is_running: bool
    """Whether Home Assistant had completed its start. Before that, some entities do not exist."""


async def fetch_house(api: HomeAssistantApi, *, connector: Connector | None = None) -> House:
    """Return the house that Home Assistant has now.

    Raises:
        BridgeError: Home Assistant cannot be reached or refuses; the message says why.
    """
    async with aclosing(fetched_houses(api, connector or new_connector(), Pauses())) as houses:
        async for each in houses:
            return each.house
    raise ConnectionLostError("closed the connection", provider=HOME_ASSISTANT)


async def fetched_houses(
    api: HomeAssistantApi, connector: Connector, pauses: Pauses
) -> AsyncGenerator[FetchedHouse, None]:
    """Connect, and yield the house now and after each change, until an error is raised.

    Raises:
        BridgeError: Home Assistant cannot be reached or refuses, or the connection is lost.
    """
    client = HomeClient(token=api.token)
    async with (
        connected(api, connector, answer_s=pauses.answer_s) as transport,
        aclosing(_fetched(client, transport, pauses)) as fetched,
    ):
        async for each in fetched:
            yield each


async def _fetched(
    client: HomeClient, transport: Transport, pauses: Pauses
) -> AsyncGenerator[FetchedHouse, None]:
    """Run an open connection, and yield the house after each fetch.

    Raises:
        BridgeError: Home Assistant refuses, or its answer is invalid.
        TransportClosed: The websocket is closed.
        TimeoutError: Home Assistant does not answer.
    """
    loop = asyncio.get_running_loop()
    heard_at = loop.time()
    fetch_at = 0.0
    received: str | bytes | None
    while True:
        for message in client.messages_to_send():
            async with asyncio.timeout(pauses.answer_s):
                await transport.send(message)
        if client.is_fetching:
            async with asyncio.timeout_at(heard_at + pauses.answer_s):
                received = await transport.receive()
        elif loop.time() >= fetch_at:
            client.fetch()
            heard_at = loop.time()
            continue
        else:
            received = await _next_message(transport, heard_at + pauses.ping_s, fetch_at, pauses)
        heard_at = loop.time()
        if received is None:
            continue
        client.receive(received)
        # Let other tasks run after each message, and longer after one that took long.
        await asyncio.sleep(rest_s(loop.time() - heard_at))
        if house := client.take_house():
            yield FetchedHouse(house=house, is_running=client.is_running)
            fetch_at = loop.time() + pauses.refresh_s
        if client.is_stale:
            fetch_at = min(fetch_at, loop.time() + pauses.settle_s)


async def _next_message(
    transport: Transport, ping_at: float, fetch_at: float, pauses: Pauses
) -> str | bytes | None:
    """Return the next message, or None if a fetch is due or a ping was answered.

    Raises:
        TransportClosed: The websocket is closed.
        TimeoutError: The ping is not answered.
    """
    try:
        async with asyncio.timeout_at(min(ping_at, fetch_at)):
            return await transport.receive()
    except TimeoutError:
        if ping_at < fetch_at:
            async with asyncio.timeout(pauses.answer_s):
                await transport.ping()
        return None
