"""What happens to a client that gets no place, or loses it. The connections are doubles."""

import asyncio
import logging
import socket
import struct

import pytest

from patience import PATIENCE_S
from virtual_time import VirtualTimeLoop, in_virtual_time
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.server.clients import Clients, broken
from wyoming_bridge.server.places import Places
from wyoming_bridge.server.quiet_log import QuietLog
from wyoming_bridge.server.refusals import Refusals


class Client:
    """A connection and its handler, which record how the client is disconnected."""

    fd = -1
    has_input = False

    def __init__(self) -> None:
        self.ended_by: list[str] = []
        self.is_admitted = False
        self.has_utterance = False
        self.is_under_way = False
        self.behind_s = 0.0
        self.has_ended = asyncio.Event()

    def audio_behind_s(self, *, now: float) -> float:
        return self.behind_s

    def admit(self) -> None:
        self.is_admitted = True

    def turn_away(self, error: BridgeError) -> None:
        self._end(str(error))

    def close(self) -> None:
        self._end("close")

    def end(self) -> None:
        self._end("end")

    def stop(self) -> None:
        self.ended_by.append("stop")

    def _end(self, how: str) -> None:
        self.ended_by.append(how)
        self.has_ended.set()


class Crowd:
    """The clients of a bridge with few places."""

    def __init__(self, *, places: int, stranger_s: float = 99.0) -> None:
        self.refusals = Refusals(QuietLog(logging.getLogger(__name__), lines_per_minute=99))
        taken: Places[Client] = Places(clients=places, stranger_s=stranger_s)
        self.clients = Clients(taken, refusals=self.refusals)

    def join(self, client: Client) -> Client:
        self.clients.add(client, client)
        self.clients.give_place(client)
        return client

    def speaking(self) -> Client:
        client = self.join(Client())
        client.has_utterance = client.is_under_way = True
        self.clients.note_event(client, True)
        return client

    @property
    def refused(self) -> dict[str, int]:
        return {reason: count for reason, count in self.refusals.counts.items() if count}


@pytest.fixture
async def crowd() -> Crowd:
    return Crowd(places=2)


async def test_the_first_event_of_a_stranger_admits_it(crowd: Crowd) -> None:
    client = crowd.join(Client())
    assert not client.is_admitted

    crowd.clients.note_event(client, False)

    assert client.is_admitted
    assert crowd.clients.counts() == {"stranger": 0, "idle": 1, "busy": 0, "leaving": 0}


async def test_a_client_is_turned_away_if_all_places_have_utterances(crowd: Crowd) -> None:
    speaking = [crowd.speaking(), crowd.speaking()]

    late = crowd.join(Client())

    assert late.ended_by == ["max 2 concurrent clients reached"]
    assert [client.ended_by for client in speaking] == [[], []]
    assert crowd.refused == {"full": 1}


async def test_an_utterance_that_loses_its_place_gets_an_error(crowd: Crowd) -> None:
    first, second = crowd.speaking(), crowd.speaking()
    second.behind_s = 60.0

    crowd.join(Client())

    assert first.ended_by == []
    assert "the audio is late" in second.ended_by[0]
    assert crowd.refused == {"late": 1}


async def test_a_client_without_an_utterance_that_loses_its_place_is_closed(crowd: Crowd) -> None:
    stranger = crowd.join(Client())
    crowd.speaking()

    crowd.join(Client())

    assert stranger.ended_by == ["close"]
    assert crowd.refused == {"displaced": 1}


async def test_a_stranger_that_sends_nothing_is_turned_away() -> None:
    crowd = Crowd(places=2, stranger_s=0.01)

    silent = crowd.join(Client())
    async with asyncio.timeout(PATIENCE_S):
        await silent.has_ended.wait()

    assert "no allowed event" in silent.ended_by[0]
    assert crowd.refused == {"silent": 1}


@in_virtual_time
async def test_a_stranger_is_not_turned_away_for_the_time_in_which_the_bridge_stood_still() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    crowd = Crowd(places=2, stranger_s=10)
    first, silent = crowd.join(Client()), crowd.join(Client())

    loop.stand_still(60)
    await asyncio.sleep(1)
    assert first.ended_by == silent.ended_by == []
    crowd.clients.note_event(first, False)
    await silent.has_ended.wait()

    assert first.ended_by == []
    assert crowd.refused == {"silent": 1}


async def test_a_drain_ends_idle_clients_now_and_the_others_after_their_answer(
    crowd: Crowd,
) -> None:
    idle, speaking = crowd.join(Client()), crowd.speaking()
    crowd.clients.note_event(idle, False)
    crowd.clients.begin_drain()
    assert (idle.ended_by, speaking.ended_by) == (["end"], [])

    speaking.has_utterance = speaking.is_under_way = False
    crowd.clients.note_event(speaking, False)
    async with asyncio.timeout(PATIENCE_S):
        await speaking.has_ended.wait()

    assert speaking.ended_by == ["end"]


async def test_a_drain_waits_for_a_client_that_has_just_connected(crowd: Crowd) -> None:
    new = crowd.join(Client())
    crowd.clients.begin_drain()
    assert new.ended_by == []

    crowd.clients.end_idle(may_begin=False)

    assert new.ended_by == ["end"]


async def test_a_client_that_does_not_leave_is_closed(crowd: Crowd) -> None:
    client = crowd.speaking()

    await crowd.clients.end_all()

    assert client.ended_by == ["stop", "end", "close"]


def test_a_socket_that_was_reset_is_broken_and_a_half_closed_one_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pairs = []
        for _ in range(3):
            client = socket.create_connection(server.getsockname())
            pairs.append((client, server.accept()[0]))
        (reset, its_end), (half_closed, other_end), (_, third_end) = pairs
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
        half_closed.shutdown(socket.SHUT_WR)

        ends = [end.fileno() for end in (its_end, other_end, third_end)]
        assert broken(ends) == ends[:1]

        for pair in pairs:
            for sock in pair:
                sock.close()
