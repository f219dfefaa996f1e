"""Plays people in the house who use the page: one keeps it open, and others open it repeatedly."""

import asyncio
import itertools
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import Final, Self

import aiohttp

from wyoming_bridge.access import ClientHandshake, Purpose

from .wire import HOUSE

__all__ = ["Watcher"]

_OPEN_S: Final = 5.0
"""How long a person tries to open the page."""

_SHOWN_S: Final = 5.0
"""The longest time from the transcript of an utterance until the page shows that it has ended."""

_RETRY_S: Final = 0.1
_PAUSE_S: Final = 0.5
"""Time between two visits."""


class Watcher:
    """Watches an open page, and meanwhile opens the page in one new browser after another."""

    def __init__(self, *, port: int, token: str, problems: list[str]) -> None:
        """Create the watcher. It adds what goes wrong to ``problems``."""
        self._port = port
        self._token = token
        self._problems = problems
        self._texts: defaultdict[str, asyncio.Future[str | None]] = defaultdict(
            asyncio.get_running_loop().create_future
        )
        self._exits = AsyncExitStack()
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open the page, and watch it."""
        browser = await self._exits.enter_async_context(_Browser(self._port, address=HOUSE))
        await browser.log_in(self._token)
        live = await browser.live()
        self._watching = asyncio.create_task(self._watch(live), name="watch the page")
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the page."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._exits.aclose()

    async def check_shown(self, utterance_id: str, text: str) -> None:
        """Check that the page shows an utterance with its text. If not, add a problem."""
        try:
            async with asyncio.timeout(_SHOWN_S):
                shown = await asyncio.shield(self._texts[utterance_id])
        except TimeoutError:
            self._problems.append("the page does not show an utterance of a bystander")
        else:
            if shown != text:
                self._problems.append(f"the page shows an utterance as: {shown!s:.80}")

    async def visit_on(self, is_over: asyncio.Event) -> None:
        """Log in and open the page again and again, each time as another device."""
        for number in itertools.count(1):
            if is_over.is_set():
                return
            await self._visit(f"127.0.{number // 250 + 1}.{number % 250 + 1}")
            await asyncio.sleep(_PAUSE_S)

    async def _watch(self, live: aiohttp.ClientWebSocketResponse) -> None:
        async for each in live:
            message = each.json()
            if message["kind"] == "end" and not self._texts[message["id"]].done():
                self._texts[message["id"]].set_result(message["text"])
        self._problems.append("a page that is open lost its connection")

    async def _visit(self, address: str) -> None:
        """Open the page. Try again if the page closes the connection in favour of another one."""
        problem = "no answer"
        try:
            async with asyncio.timeout(_OPEN_S):
                while True:
                    try:
                        await self._open_once(address)
                    except aiohttp.ClientConnectionError as err:
                        problem = type(err).__name__
                        await asyncio.sleep(_RETRY_S)
                    else:
                        return
        except TimeoutError:
            self._problems.append(f"the page cannot be opened within {_OPEN_S:g} s: {problem}")
        except aiohttp.ClientResponseError as err:
            self._problems.append(f"the page refuses a visitor with {err.status}: {err.message}")

    async def _open_once(self, address: str) -> None:
        async with _Browser(self._port, address=address) as browser:
            await browser.log_in(self._token)
            await browser.look()
            live = await browser.live()
            if (await live.receive()).type is not aiohttp.WSMsgType.TEXT:
                raise aiohttp.ServerDisconnectedError
            await live.close()


class _Browser:
    """A browser at an address of loopback, with its cookies."""

    def __init__(self, port: int, *, address: str) -> None:
        self._url = f"http://127.0.0.1:{port}/"
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(local_addr=(address, 0)),
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # accepts cookies of IP addresses too
            headers={"Origin": self._url.rstrip("/")},
            raise_for_status=True,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.close()

    async def log_in(self, token: str) -> None:
        handshake = ClientHandshake(token, purpose=Purpose.PAGE)
        async with self._http.post(f"{self._url}login/challenge", json=handshake.hello()) as answer:
            challenge = await answer.json()
        proof = {**handshake.prove(challenge), "id": challenge["id"]}
        async with self._http.post(f"{self._url}login", json=proof):
            pass

    async def look(self) -> None:
        for path in ("", "static/app.js", "recordings"):
            async with self._http.get(self._url + path) as answer:
                await answer.read()

    async def live(self) -> aiohttp.ClientWebSocketResponse:
        return await self._http.ws_connect(f"{self._url}live")
