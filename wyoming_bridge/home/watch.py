"""Keeps the house up to date over Home Assistant's websocket API.

Hard rules:

- No error, log line or ``repr`` may contain the token.
- While Home Assistant cannot be reached or is starting, the last complete house stays in use.
- After a wrong token, the next attempt comes late: Home Assistant notifies its user of each failed
  login, and may ban this machine's address.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from ..errors import AuthenticationError, BridgeError, ConnectionLostError
from ..house import House
from ..session import Connector, Transport
from .api import HomeAssistantApi
from .client import HomeClient
from .combine import combined, summary_of
from .connecting import connected, new_connector
from .messages import HOME_ASSISTANT

__all__ = ["HomeWatch", "Pauses", "fetch_house"]

_log = logging.getLogger(__name__)


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
class _Told:
    """The result of one fetch."""

    house: House
    is_running: bool
    """Whether Home Assistant had completed its start. Before that, some entities do not exist."""


async def fetch_house(api: HomeAssistantApi, *, connector: Connector | None = None) -> House:
    """Return the house that Home Assistant has now.

    Raises:
        BridgeError: Home Assistant cannot be reached or refuses; the message says why.
    """
    async with aclosing(_houses(api, connector or new_connector(), Pauses())) as houses:
        async for told in houses:
            return told.house
    raise ConnectionLostError("closed the connection", provider=HOME_ASSISTANT)


class HomeWatch:
    """Keeps a house up to date with Home Assistant, from ``start`` to ``stop``."""

    def __init__(
        self,
        api: HomeAssistantApi,
        *,
        own: House | None = None,
        on_change: Callable[[House], None] = lambda _: None,
        connector: Connector | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """Create the watch without connecting.

        ``own`` is the house in the user's configuration, whose names are added to those from Home
        Assistant. ``on_change`` is called with each house that differs from the one before. It must
        not raise.
        """
        self.current: House | None = own
        """The newest house; at first ``own``."""
        self._api = api
        self._own = own
        self._on_change = on_change
        self._connector = connector or new_connector()
        self._pauses = pauses or Pauses()
        self._is_told = False
        self._logged: set[str] = set()
        """The codes of the errors that were logged since Home Assistant was last reached."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch in the background, until ``stop``. It must be called only once."""
        if self._api.crosses_networks:
            _log.warning(
                "the token for Home Assistant is sent unencrypted to %s; use https://",
                self._api.place,
            )
        self._task = asyncio.create_task(self._run(), name="watch the house")

    async def stop(self) -> None:
        """Close the connection. A second call does nothing."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        pauses = self._pauses
        loop = asyncio.get_running_loop()
        retry_s = pauses.first_retry_s
        while True:
            began = loop.time()
            try:
                async with aclosing(_houses(self._api, self._connector, pauses)) as houses:
                    async for told in houses:
                        self._take(told)
            except BridgeError as error:
                self._log_failure(error)
                if loop.time() - began >= pauses.longest_retry_s:
                    retry_s = pauses.first_retry_s
                refused = isinstance(error, AuthenticationError)
                await asyncio.sleep(max(retry_s, pauses.refused_retry_s if refused else 0))
                retry_s = min(retry_s * 2, pauses.longest_retry_s)

    def _take(self, told: _Told) -> None:
        if self._logged or not self._is_told:
            _log.info(
                "the house was read from Home Assistant at %s: %s",
                self._api.place,
                summary_of(told.house),
            )
        self._logged.clear()
        if self._is_told and not told.is_running:
            return
        self._is_told = True
        house = combined(self._own, told.house)
        if house is not None and house != self.current:
            self.current = house
            self._on_change(house)

    def _log_failure(self, error: BridgeError) -> None:
        level = logging.DEBUG if error.code in self._logged else logging.WARNING
        self._logged.add(error.code)
        _log.log(
            level,
            "the names of the house cannot be read: %s%s",
            error,
            "; the last known names stay in use" if self._is_told else "",
        )


async def _houses(
    api: HomeAssistantApi, connector: Connector, pauses: Pauses
) -> AsyncGenerator[_Told, None]:
    """Connect, and yield the house now and after each change, until an error is raised.

    Raises:
        BridgeError: Home Assistant cannot be reached or refuses, or the connection is lost.
    """
    client = HomeClient(token=api.token)
    async with (
        connected(api, connector, answer_s=pauses.answer_s) as transport,
        aclosing(_fetched(client, transport, pauses)) as fetched,
    ):
        async for told in fetched:
            yield told


async def _fetched(
    client: HomeClient, transport: Transport, pauses: Pauses
) -> AsyncGenerator[_Told, None]:
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
        if house := client.take_house():
            yield _Told(house=house, is_running=client.is_running)
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
