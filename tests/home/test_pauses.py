"""The pauses of ``HomeWatch`` between two attempts to connect, in virtual time."""

import asyncio

from virtual_time import in_virtual_time
from wyoming_bridge.errors import AuthenticationError, BridgeError, ConnectError
from wyoming_bridge.home import HomeAssistantApi
from wyoming_bridge.home.fetching import fetch_house
from wyoming_bridge.home.watch import HomeWatch
from wyoming_bridge.providers.contract import ConnectRequest, HttpAnswer, HttpRequest, Message
from wyoming_bridge.session import Transport

API = HomeAssistantApi(url="http://127.0.0.1:8123", token="s3cr3t")


class SilentTransport:
    """A websocket on which nothing arrives."""

    has_room = True
    last_pong_at = None

    async def send(self, message: Message) -> None:
        """Do nothing: what is sent does not matter."""

    def send_now(self, *messages: Message, ping: bool = False) -> None:
        """Do nothing: what is sent does not matter."""

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    def ping_now(self) -> None:
        """Do nothing: no ping is answered."""

    async def ping(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Do nothing: there is no connection."""


class Connecting:
    """A connector that records when it is called, and fails or opens a silent websocket."""

    def __init__(self, error: BridgeError | None) -> None:
        self.times: list[int] = []
        self._error = error

    async def open(self, request: ConnectRequest, *, provider: str) -> Transport:
        self.times.append(round(asyncio.get_running_loop().time()))
        if self._error:
            raise self._error
        return SilentTransport()

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        raise NotImplementedError


async def gaps(error: BridgeError, *, within_s: float) -> list[int]:
    connecting = Connecting(error)
    watch = HomeWatch(API, connector=connecting)
    watch.start()
    await asyncio.sleep(within_s)
    await watch.stop()
    return [
        after - before
        for before, after in zip(connecting.times, connecting.times[1:], strict=False)
    ]


@in_virtual_time
async def test_the_pause_doubles_up_to_a_minute() -> None:
    found = await gaps(ConnectError("refused"), within_s=200)

    assert found == [1, 2, 4, 8, 16, 32, 60, 60]


@in_virtual_time
async def test_a_wrong_token_is_tried_every_five_minutes() -> None:
    assert await gaps(AuthenticationError("wrong"), within_s=1000) == [300, 300, 300]


@in_virtual_time
async def test_a_home_assistant_that_does_not_answer_is_an_error() -> None:
    text = ""
    try:
        await fetch_house(API, connector=Connecting(None))
    except BridgeError as error:
        text = str(error)

    assert text == "Home Assistant: 127.0.0.1:8123 did not answer within 30 s"
