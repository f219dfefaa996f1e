"""The large events of all clients take turns, with pauses between them."""

import asyncio
import json
from collections.abc import Callable

import pytest

from tests.support.virtual_time import VirtualTimeLoop, in_virtual_time
from wyoming_bridge.errors import ErrorText, LocalError
from wyoming_bridge.server.event_turns import EventTurns
from wyoming_bridge.server.large_events import LargeEventTurns
from wyoming_bridge.server.wire import CLIENT_LIMITS, WireEvent

TOOK_S = 0.02
PING = b'{"type": "ping"}\n'


def large() -> bytes:
    data = json.dumps({"names": ["name"] * 10_000}).encode()
    return json.dumps({"type": "transcribe", "data_length": len(data)}).encode() + b"\n" + data


class Client:
    """A client whose handler takes ``took_s`` per ``transcribe``."""

    wants_audio_now = False

    def __init__(self, turns: LargeEventTurns, *, took_s: float = TOOK_S) -> None:
        self.took_s = took_s
        self.handled: list[tuple[str, float]] = []
        self.is_ready = True
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.refused: list[LocalError] = []
        self.turns = EventTurns(
            self,
            on_turn=lambda _: None,
            on_refused=self.refused.append,
            large_events=turns,
        )
        self.turns.admit()

    def accepts(self, event: WireEvent) -> bool:
        return self.is_ready or event.type == "ping"

    def handle(self, event: WireEvent) -> None:
        self.handled.append((event.type, round(self._loop.time() - self._began, 3)))
        if event.type == "transcribe":
            assert isinstance(self._loop, VirtualTimeLoop)
            self._loop.stand_still(self.took_s)

    def lost(self) -> None:
        pass

    def receive(self, received: bytes) -> None:
        self.turns.receive(bytearray(received), len(received))


def clients(count: int, *, took_s: float = TOOK_S) -> list[Client]:
    turns = LargeEventTurns()
    return [Client(turns, took_s=took_s) for _ in range(count)]


@in_virtual_time
async def test_large_events_are_handled_in_turn_with_pauses() -> None:
    assert len(large()) < CLIENT_LIMITS.data
    some = clients(3)
    for each in some:
        each.receive(large())
    await asyncio.sleep(1)

    assert [each.handled for each in some] == [
        [("transcribe", 0.0)],
        [("transcribe", pytest.approx(3 * TOOK_S))],
        [("transcribe", pytest.approx(6 * TOOK_S))],
    ]
    assert not any(each.turns.are_waiting for each in some)


@in_virtual_time
async def test_small_events_do_not_wait_for_large_ones_of_others() -> None:
    one, other = clients(2)
    one.receive(large())
    other.receive(PING)

    assert [kind for kind, _ in other.handled] == ["ping"]


@in_virtual_time
async def test_the_events_of_one_client_stay_in_order() -> None:
    one, other = clients(2)
    one.receive(large())
    other.receive(large() + PING)
    before = list(other.handled)
    await asyncio.sleep(1)

    assert before == []
    assert [kind for kind, _ in other.handled] == ["transcribe", "ping"]


@in_virtual_time
async def test_an_event_that_has_waited_too_long_is_refused() -> None:
    first, second, third = clients(3, took_s=4)
    for each in (first, second, third):
        each.receive(large())
    await asyncio.sleep(60)

    assert [each.handled for each in (first, second, third)] == [
        [("transcribe", 0.0)],
        [("transcribe", 12.0)],
        [],
    ]
    assert [each.refused for each in (first, second)] == [[], []]
    (error,) = third.refused
    assert error.text is ErrorText.EVENT_WAITED


def gone(client: Client) -> None:
    client.turns.stop()


def busy(client: Client) -> None:
    client.is_ready = False


@pytest.mark.parametrize("hinder", [gone, busy])
def test_a_client_that_cannot_take_its_turn_does_not_delay_the_others(
    hinder: Callable[[Client], None],
) -> None:
    @in_virtual_time
    async def scenario() -> None:
        first, second, third = clients(3)
        for each in (first, second, third):
            each.receive(large())
        hinder(second)
        await asyncio.sleep(1)

        assert second.handled == []
        assert third.handled == [("transcribe", pytest.approx(3 * TOOK_S, abs=0.01))]

    scenario()


@in_virtual_time
async def test_a_client_that_was_busy_is_served_when_it_is_ready() -> None:
    first, second = clients(2)
    first.receive(large())
    second.receive(large())
    second.is_ready = False
    await asyncio.sleep(1)
    second.is_ready = True
    second.turns.resume()

    assert [kind for kind, _ in second.handled] == ["transcribe"]
