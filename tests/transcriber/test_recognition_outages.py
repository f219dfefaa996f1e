"""Outages of a service, with the client of each provider, in simulated time.

The thorough profile tries outages of each kind and length with 50 people and each provider.
Otherwise, the lengths take turns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from examples import CHOSEN
from paused_speech import LENGTH_MS, SPEECH, SPOKEN
from simulation import SERVICES, Service, Simulation, a_service
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import BridgeError, ConnectError, ErrorText
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.refusals import refused_upgrade
from wyoming_bridge.transcriber import AnswerTime, Budget, CircuitBreaker, OpeningTime

pytestmark = pytest.mark.once

CLIENT = Endpointing(source="client")

START = 1000.0
"""The time at which a simulation begins, in seconds."""
CHUNK_MS = 20
STEP_MS = 100
"""Outages begin and end at multiples of this time."""
LATE_MS = 1000
"""How late a result may be after the service is back and the speech has ended."""

Outage = Callable[[Service], None]
Outcome = tuple[str, bool, bool]
WHOLE_AND_IN_TIME: Outcome = (SPOKEN, True, True)


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


@dataclass
class Speaker:
    """A person who says the speech to a bridge, and begins after some time."""

    simulation: Simulation
    begins_ms: int = 0

    def continue_until(self, now_ms: int) -> None:
        """Wait or speak until a time, which is in ms after the start of the test."""
        simulation, begin_ms, end_ms = self.simulation, self.begins_ms, self.begins_ms + LENGTH_MS
        until_ms = round(1000 * (simulation.now - START))
        if until_ms < begin_ms:
            until_ms = min(begin_ms, now_ms)
            simulation.wait(START + until_ms / 1000 - simulation.now)
        if begin_ms <= until_ms < min(now_ms, end_ms):
            audio = SPEECH[32 * (until_ms - begin_ms) : 32 * (now_ms - begin_ms)]
            simulation.say(audio, chunk_ms=CHUNK_MS)
            if now_ms >= end_ms:
                simulation.finish()
        simulation.wait(START + now_ms / 1000 - simulation.now)

    def outcome(self, *, back_ms: int) -> Outcome:
        """Return the text, whether it is complete, and whether it came in time."""
        assert self.simulation.errors == []
        (result,) = self.simulation.results
        due_ms = max(back_ms, self.begins_ms + LENGTH_MS) + LATE_MS
        is_in_time = self.simulation.answered_at <= START + due_ms / 1000
        return result.text, result.complete, is_in_time


def the_outcomes(
    speakers: Sequence[Speaker], outage: Outage, *, at_ms: int, length_s: float
) -> list[Outcome]:
    """Let people speak to one service that fails at ``at_ms``, until their results are late.

    Return for each person the text, whether it is complete, and whether it came in time.
    """
    service = speakers[0].simulation.services[0]
    back_ms = at_ms + int(1000 * length_s)
    end_ms = max(each.begins_ms for each in speakers) + LENGTH_MS
    for now_ms in range(0, max(back_ms, end_ms) + LATE_MS + STEP_MS, STEP_MS):
        for each in speakers:
            each.continue_until(now_ms)
        if now_ms == at_ms:
            outage(service)
        if now_ms == back_ms:
            recover(service)
        if now_ms in {at_ms, back_ms}:
            for each in speakers:
                each.simulation.run()
    return [each.outcome(back_ms=back_ms) for each in speakers]


@pytest.mark.parametrize("length_s", LENGTHS_S)
@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("name", SERVICES)
def test_an_outage_loses_nothing_and_the_result_arrives_a_second_later(
    name: str, outage: str, length_s: float
) -> None:
    for at_ms in range(0, LENGTH_MS, STEP_MS):
        simulation = Simulation(a_service(name), endpointing=CLIENT, opening_time=known())

        found = the_outcomes([Speaker(simulation)], OUTAGES[outage], at_ms=at_ms, length_s=length_s)

        assert (at_ms, found) == (at_ms, [WHOLE_AND_IN_TIME])


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("name", SERVICES)
def test_the_first_outage_after_a_start_delays_the_result_no_longer(name: str, outage: str) -> None:
    for length_ms in range(1000, 6001, 500):
        simulation = Simulation(a_service(name), endpointing=CLIENT)

        found = the_outcomes(
            [Speaker(simulation)], OUTAGES[outage], at_ms=0, length_s=length_ms / 1000
        )

        assert (length_ms, found) == (length_ms, [WHOLE_AND_IN_TIME])


def people(service: Service, number: int) -> list[Speaker]:
    """Return people who begin one after the other, until the first of them has spoken."""
    of_profile = {
        "budget": Budget(),
        "circuit_breaker": CircuitBreaker(),
        "opening_time": OpeningTime(),
        "answer_time": AnswerTime(),
    }
    return [
        Speaker(
            Simulation(service, endpointing=CLIENT, **of_profile),
            LENGTH_MS * each // number // CHUNK_MS * CHUNK_MS,
        )
        for each in range(number)
    ]


def lengths(share: int) -> Sequence[float]:
    return LENGTHS_S if CHOSEN == "thorough" else [LENGTHS_S[share % len(LENGTHS_S)]]


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("name", SERVICES)
def test_an_outage_loses_nothing_of_50_people_who_speak(name: str, outage: str) -> None:
    """Each person is at another moment of the speech, one every 34 ms."""
    for length_s in lengths(SERVICES.index(name) + list(OUTAGES).index(outage)):
        speakers = people(a_service(name), 50)

        found = the_outcomes(speakers, OUTAGES[outage], at_ms=LENGTH_MS, length_s=length_s)

        assert (length_s, found) == (length_s, [WHOLE_AND_IN_TIME] * 50)


@pytest.mark.parametrize("name", SERVICES)
def test_50_people_do_not_overload_a_service_that_was_never_ready(name: str) -> None:
    """Each of them opens a session, and another one after 1.5 s. They share all others."""
    for length_s in lengths(SERVICES.index(name)):
        speakers = people(a_service(name), 50)

        found = the_outcomes(speakers, only_accept, at_ms=0, length_s=length_s)

        opened = sum(len(each.simulation.opened) for each in speakers)
        assert (length_s, found) == (length_s, [WHOLE_AND_IN_TIME] * 50)
        assert opened <= 50 * 3 + length_s / 0.5  # the third one is when the service is back
