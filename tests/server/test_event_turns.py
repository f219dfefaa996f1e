"""When the events of a client are handled. There is no socket: the test passes the bytes."""

import asyncio
import json

import pytest

from wyoming_bridge.errors import WireError
from wyoming_bridge.server.event_decoder import PIECE_BYTES
from wyoming_bridge.server.event_turns import EventTurns
from wyoming_bridge.server.large_events import LargeEventTurns
from wyoming_bridge.server.wire import STRANGER_LIMITS, WireEvent

PING = b'{"type": "ping"}\n'
STOP = b'{"type": "audio-stop"}\n'


def chunk(size: int) -> bytes:
    header = {"type": "audio-chunk", "payload_length": size}
    return json.dumps(header).encode() + b"\n" + bytes(size)


class Client:
    """A client's turns, and a handler that records what it gets."""

    wants_audio_now = False

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.invalid: list[WireError] = []
        self.after_turns: list[str | None] = []
        self.refused: set[str] = set()
        self.ends_after = ""
        self.turns = EventTurns(
            self,
            on_turn=lambda last: self.after_turns.append(last and last.type),
            on_refused=self.invalid.append,
            large_events=LargeEventTurns(),
        )

    def accepts(self, event: WireEvent) -> bool:
        return event.type not in self.refused

    def handle(self, event: WireEvent) -> None:
        self.handled.append(event.type)
        if event.type == self.ends_after:
            self.turns.stop()

    def lost(self) -> None:
        pass

    def receive(self, received: bytes) -> None:
        """Receive bytes in a buffer that is overwritten afterwards."""
        buffer = bytearray(received)
        self.turns.receive(buffer, len(buffer))
        buffer[:] = bytes(len(buffer))


@pytest.fixture
async def client() -> Client:
    return Client()


async def test_many_events_are_handled_in_several_turns(client: Client) -> None:
    handled = []
    client.receive(PING * 120 + STOP)
    for _ in range(3):
        handled.append(len(client.handled))
        await asyncio.sleep(0)

    assert handled == [50, 100, 121]
    assert client.after_turns == [None, None, "audio-stop"]
    assert not client.turns.has_input


async def test_much_audio_is_handled_in_several_turns(client: Client) -> None:
    handled = []
    client.receive(chunk(PIECE_BYTES) * 5)
    for _ in range(3):
        handled.append(len(client.handled))
        await asyncio.sleep(0)

    assert handled == [2, 4, 5]


async def test_an_event_waits_until_the_handler_is_ready(client: Client) -> None:
    client.refused = {"audio-chunk"}
    client.receive(PING + chunk(2) + STOP)
    assert (client.handled, client.turns.are_waiting) == (["ping"], True)

    client.turns.resume()
    assert (client.handled, client.turns.are_waiting) == (["ping"], True)
    client.refused = set()
    client.turns.resume()

    assert client.handled == ["ping", "audio-chunk", "audio-stop"]
    assert not client.turns.are_waiting
    assert client.after_turns == ["audio-chunk", None, None]


async def test_the_beginning_of_an_event_is_input_and_does_not_wait(client: Client) -> None:
    client.receive(PING + PING[:5])
    assert (client.turns.has_input, client.turns.are_waiting) == (True, False)

    client.receive(PING[5:])

    assert client.handled == ["ping", "ping"]
    assert not client.turns.has_input


async def test_no_event_is_handled_after_the_handler_has_ended_the_connection(
    client: Client,
) -> None:
    client.ends_after = "audio-stop"

    client.receive(PING + STOP + PING)

    assert client.handled == ["ping", "audio-stop"]
    assert client.after_turns == []


async def test_events_that_were_not_handled_can_be_dropped(client: Client) -> None:
    client.receive(PING * 60)
    client.turns.stop()
    await asyncio.sleep(0)

    assert len(client.handled) == 50
    assert not client.turns.has_input

    client.receive(PING)

    assert len(client.handled) == 50


async def test_events_before_invalid_bytes_are_handled(client: Client) -> None:
    client.receive(PING + b"rubbish\n" + PING)

    assert client.handled == ["ping"]
    assert [str(error) for error in client.invalid] == ["an event's header is not JSON"]
    assert client.after_turns == []


@pytest.mark.parametrize("is_admitted", [False, True])
async def test_the_limits_are_lower_until_a_client_is_admitted(
    client: Client, *, is_admitted: bool
) -> None:
    if is_admitted:
        client.turns.admit()

    client.receive(PING[:-1] + b" " * STRANGER_LIMITS.header + b"\n")

    assert client.handled == ["ping"] * is_admitted
    assert len(client.invalid) == (not is_admitted)
