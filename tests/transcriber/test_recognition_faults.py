"""``Recognition`` in memory, with each provider and fault, at each 10 or 20 ms of an utterance.

The thorough profile tries each fault with each provider at all of these moments. Otherwise, the
providers share the moments, and each fault still happens at all of them.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest

from examples import moments
from paused_speech import LENGTH_MS, SPEECH, SPOKEN
from simulation import CHUNK_MS, SERVICES, Link, Service, Simulation, a_service
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import ConnectError, ServiceError

pytestmark = pytest.mark.once

CLIENT = Endpointing(source="client")

Fault = Callable[[Simulation, Service], None]


def newest(simulation: Simulation) -> Link:
    return simulation.opened[-1]


def break_the_connection(simulation: Simulation, _: Service) -> None:
    newest(simulation).drop()


def close_normally(simulation: Simulation, _: Service) -> None:
    newest(simulation).client.receive_close(code=1000, reason="")


def send_invalid_message(simulation: Simulation, _: Service) -> None:
    newest(simulation).client.receive_message("<html>Bad Gateway</html>", now=simulation.now)


def send_error_message(simulation: Simulation, _: Service) -> None:
    newest(simulation).fail()


def fall_silent(simulation: Simulation, _: Service) -> None:
    simulation.opened[-1].service = silent_copy(simulation.opened[-1].service)


def silent_copy(service: Service) -> Service:
    return Service(
        service.name, service.accept, service.new_client, service.can_flush, is_mute=True
    )


FAULTS: list[Fault] = [
    break_the_connection,
    close_normally,
    send_invalid_message,
    send_error_message,
    fall_silent,
]


def each_moment(name: str, fault: Fault, *, every_ms: int) -> range:
    """Return the moments at which a fault happens to a provider."""
    share = SERVICES.index(name) + FAULTS.index(fault)
    return moments(LENGTH_MS, every_ms=every_ms, share=share, shares=len(SERVICES))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("every_ms", [CHUNK_MS, 2 * CHUNK_MS])
def test_each_fault_happens_at_all_moments(every_ms: int, fault: Fault) -> None:
    tried = {at_ms for name in SERVICES for at_ms in each_moment(name, fault, every_ms=every_ms)}

    assert sorted(tried) == list(range(0, LENGTH_MS, every_ms))


def played(simulation: Simulation, fault: Fault, at_ms: int) -> None:
    for start_ms in range(0, LENGTH_MS, CHUNK_MS):
        simulation.say(SPEECH[32 * start_ms : 32 * (start_ms + CHUNK_MS)])
        if start_ms == at_ms and not simulation.is_over:
            fault(simulation, simulation.services[0])
            simulation.run()
    simulation.finish()
    simulation.wait_for_outcome()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SERVICES)
def test_a_fault_at_any_10_ms_loses_and_repeats_no_word(name: str, fault: Fault) -> None:
    for at_ms in each_moment(name, fault, every_ms=CHUNK_MS):
        simulation = Simulation(a_service(name))

        played(simulation, fault, at_ms)

        (result,) = simulation.results
        assert (at_ms, result.text, result.complete) == (at_ms, SPOKEN, True)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SERVICES)
def test_a_profile_that_fails_at_any_20_ms_is_replaced_by_its_fallback(
    name: str, fault: Fault
) -> None:
    for at_ms in each_moment(name, fault, every_ms=2 * CHUNK_MS):
        first, other = a_service(name), a_service("scripted")
        # A flush in the middle of a block of the scripted engine would change its words.
        other.name, other.can_flush = "other", False
        simulation = Simulation(first, other)

        def lose(simulation: Simulation, first: Service) -> None:
            first.refuses = ServiceError("down")
            fault(simulation, first)

        played(simulation, lose, at_ms)

        (result,) = simulation.results
        assert (at_ms, result.text, result.complete) == (at_ms, SPOKEN, True)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_fails_for_good_at_any_20_ms_is_an_error(name: str) -> None:
    for at_ms in each_moment(name, break_the_connection, every_ms=2 * CHUNK_MS):
        simulation = Simulation(a_service(name))

        def lose(simulation: Simulation, service: Service) -> None:
            service.refuses = ConnectError("no route to host")
            break_the_connection(simulation, service)

        played(simulation, lose, at_ms)

        assert len(simulation.results) + len(simulation.errors) == 1
        assert all(result.text == SPOKEN for result in simulation.results)


@pytest.mark.parametrize("name", SERVICES)
def test_revisions_never_lose_settled_text(name: str) -> None:
    simulation = Simulation(a_service(name))

    played(simulation, lambda *_: None, 0)

    settled = [revision.settled for revision in simulation.revisions]
    assert all(after.startswith(before) for before, after in pairwise(settled))
    assert simulation.revisions[-1].text == SPOKEN
