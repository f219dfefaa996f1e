"""Outages of a service, with the client of each provider, in simulated time."""

from collections.abc import Callable

import pytest

from paused_speech import LENGTH_MS, SPEECH, SPOKEN
from simulation import CHUNK_MS, SERVICES, Service, Simulation, a_service
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import BridgeError, ConnectError, ErrorText
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.refusals import refused_upgrade
from wyoming_bridge.transcriber import Budget, CircuitBreaker, OpeningTime

pytestmark = pytest.mark.once

CLIENT = Endpointing(source="client")

Outage = Callable[[Service], None]


def refusing(error: BridgeError) -> Outage:
    """Return an outage in which open connections break, and new ones fail with an error."""

    def begin(service: Service) -> None:
        service.refuses = error
        for link in service.links:
            if not link.is_over and not link.client.state.is_over:
                link.drop()

    return begin


def be_mute(service: Service) -> None:
    service.is_mute = True


def only_accept(service: Service) -> None:
    service.is_mute = service.accepts = True


OUTAGES: dict[str, Outage] = {
    "refused": refusing(ConnectError(ErrorText.CONNECTION_REFUSED, provider="p", place="p")),
    "reset": refusing(ConnectError(ErrorText.CLOSED_WITHOUT_ANSWER, provider="p", place="p")),
    "unavailable": refusing(refused_upgrade(HttpAnswer(status=503), provider="p")),
    "deaf host": be_mute,
    "black hole": only_accept,
}
LENGTHS_S = (1, 2, 4, 6)


def recover(service: Service) -> None:
    """Let the service work again. It still does not answer on its earlier connections."""
    if service.is_mute:
        for link in service.links:
            link.service = silent_copy(service)
    service.refuses, service.is_mute, service.accepts = None, False, False


def silent_copy(service: Service) -> Service:
    return Service(
        service.name,
        service.accept,
        service.new_client,
        service.can_flush,
        is_mute=True,
        accepts=service.accepts,
    )


def known() -> OpeningTime:
    """Return the opening time of a service that was used before the outage."""
    opening_time = OpeningTime()
    opening_time.took(0.1)
    return opening_time


def play(
    speakers: dict[int, Simulation],
    outage: Outage,
    *,
    at_ms: int,
    length_s: float,
    late_s: float = 1.0,
) -> None:
    """Let people speak to one service that fails at ``at_ms``, until ``late_s`` after it is back.

    The keys of ``speakers`` are when each person begins to speak, in ms.
    """
    service = next(iter(speakers.values())).services[0]
    last_ms = max(speakers) + LENGTH_MS
    back_ms = at_ms + int(1000 * length_s)
    for now_ms in range(0, max(last_ms, back_ms) + int(1000 * late_s), CHUNK_MS):
        if now_ms == at_ms:
            outage(service)
        if now_ms == back_ms:
            recover(service)
        for begin_ms, simulation in speakers.items():
            start = 32 * (now_ms - begin_ms)
            if 0 <= start < len(SPEECH):
                simulation.say(SPEECH[start : start + 32 * CHUNK_MS])
                if start + 32 * CHUNK_MS >= len(SPEECH):
                    simulation.finish()
            else:
                simulation.run()
                simulation.wait(CHUNK_MS / 1000)


def texts(simulation: Simulation) -> list[tuple[str, bool]]:
    assert simulation.errors == []
    return [(result.text, result.complete) for result in simulation.results]


@pytest.mark.parametrize("length_s", LENGTHS_S)
@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("name", SERVICES)
def test_an_outage_loses_nothing_and_the_result_arrives_a_second_later(
    name: str, outage: str, length_s: float
) -> None:
    for at_ms in range(0, LENGTH_MS, 400):
        simulation = Simulation(a_service(name), endpointing=CLIENT, opening_time=known())

        play({0: simulation}, OUTAGES[outage], at_ms=at_ms, length_s=length_s)

        assert (at_ms, texts(simulation)) == (at_ms, [(SPOKEN, True)])


@pytest.mark.parametrize("length_s", LENGTHS_S)
@pytest.mark.parametrize("name", SERVICES)
def test_the_first_outage_after_a_start_loses_nothing_and_delays_the_result_by_two_seconds(
    name: str, length_s: float
) -> None:
    for at_ms in range(0, LENGTH_MS, 400):
        simulation = Simulation(a_service(name), endpointing=CLIENT)

        play({0: simulation}, only_accept, at_ms=at_ms, length_s=length_s, late_s=2.0)

        assert (at_ms, texts(simulation)) == (at_ms, [(SPOKEN, True)])


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("name", SERVICES)
def test_an_outage_loses_nothing_of_50_people_who_speak(name: str, outage: str) -> None:
    """The lengths of the outages take turns, so that each one is tried with each kind."""
    share = SERVICES.index(name) + list(OUTAGES).index(outage)
    service = a_service(name)
    of_profile = {
        "budget": Budget(),
        "circuit_breaker": CircuitBreaker(),
        "opening_time": known(),
    }
    speakers = {
        LENGTH_MS * number // 50 // CHUNK_MS * CHUNK_MS: Simulation(
            service, endpointing=CLIENT, **of_profile
        )
        for number in range(50)
    }

    play(speakers, OUTAGES[outage], at_ms=LENGTH_MS, length_s=LENGTHS_S[share % len(LENGTHS_S)])

    assert [texts(each) for each in speakers.values()] == [[(SPOKEN, True)]] * 50
