"""When the addresses of a host are tried, in virtual time."""

import asyncio
import socket
from math import inf

import pytest

from virtual_time import VirtualTimeLoop
from wyoming_bridge.dial import dial_first

Tried = list[tuple[float, str]]


class Network(VirtualTimeLoop):
    """A loop whose sockets connect after the time that a test sets for their address."""

    def __init__(self, answers_s: dict[str, float]) -> None:
        super().__init__()
        self._answers_s = answers_s
        self._began = self.time()
        self.tried: Tried = []
        """When a connection to which address began, in seconds."""

    async def sock_connect(self, sock: socket.socket, address: tuple[str, int]) -> None:
        host, _ = address
        self.tried.append((round(self.time() - self._began, 3), host))
        answer_s = self._answers_s[host]
        if answer_s < 0:
            raise ConnectionRefusedError
        await asyncio.sleep(min(answer_s, 3600))


def dialled(answers_s: dict[str, float]) -> tuple[Tried, float]:
    """Connect to a host with several addresses.

    ``answers_s`` has each address with the time that it takes to answer, which is infinity if it
    never answers, and negative if it refuses. Return when which address was tried, and how long it
    took until one was connected.
    """
    stream = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    with asyncio.Runner(loop_factory=lambda: Network(answers_s), debug=True) as runner:
        network = runner.get_loop()
        assert isinstance(network, Network)
        began = network.time()
        addresses = [(*stream, (host, 443)) for host in answers_s]
        with runner.run(dial_first(addresses)):
            return network.tried, round(network.time() - began, 3)


def test_an_address_that_does_not_answer_holds_up_the_next_one_for_a_quarter_of_a_second() -> None:
    tried, took_s = dialled({"10.0.0.1": inf, "10.0.0.2": inf, "10.0.0.3": 0.03})

    assert tried == [(0, "10.0.0.1"), (0.25, "10.0.0.2"), (0.5, "10.0.0.3")]
    assert took_s == pytest.approx(0.53)


def test_after_a_refusal_the_next_address_is_tried_at_once() -> None:
    tried, took_s = dialled({"10.0.0.1": -1, "10.0.0.2": 0.03})

    assert tried == [(0, "10.0.0.1"), (0, "10.0.0.2")]
    assert took_s == pytest.approx(0.03)


def test_an_address_that_answers_within_that_time_is_the_only_one_that_is_tried() -> None:
    assert dialled({"10.0.0.1": 0.24, "10.0.0.2": 0.03}) == ([(0, "10.0.0.1")], 0.24)


def test_an_address_that_answers_late_may_still_be_the_first_to_answer() -> None:
    tried, took_s = dialled({"10.0.0.1": 0.3, "10.0.0.2": 0.2})

    assert len(tried) == 2
    assert took_s == pytest.approx(0.3)
