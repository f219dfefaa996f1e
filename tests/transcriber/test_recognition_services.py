"""Services that refuse, are slow or end their sessions: real clients in simulated time."""

import json

import pytest

from sessions import noise
from simulation import SERVICES, Service, Simulation, a_service
from utterances import silence
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import FinalTimeoutError, RemoteError
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.refusals import refused_upgrade
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.testing import scripted_words
from wyoming_bridge.transcriber import Budget, Limits, OpeningTime, Result

pytestmark = pytest.mark.once

CLIENT = Endpointing(source="client")
WORDS = noise(words=2)
SPEECH = WORDS + silence(700)
SPOKEN = " ".join(scripted_words(WORDS))

RATE_LIMITED = {
    ProviderName.ELEVENLABS: {"message_type": "rate_limited", "error": "slow down"},
    ProviderName.OPENAI: {"type": "error", "error": {"code": "rate_limited", "message": "m"}},
    ProviderName.RESON8: {"type": "error", "code": "RATE_LIMITED", "message": "slow down"},
    ProviderName.SCRIPTIX: {"error": {"code": "rate_limited", "message": "slow down"}},
}


def refusal(status: int, **headers: str) -> RemoteError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return refused_upgrade(HttpAnswer(status=status, headers=names), provider="p")


def result_of(simulation: Simulation, pcm: bytes = SPEECH) -> Result:
    simulation.say(pcm)
    simulation.finish()
    simulation.wait_for_outcome()
    assert simulation.errors == []
    (result,) = simulation.results
    return result


@pytest.mark.parametrize(
    ("error", "waited_s"),
    [(refusal(429, Retry_After="1"), 3), (refusal(503, Retry_After="2"), 6), (refusal(503), 1.1)],
    ids=["429", "503 with a time", "503"],
)
@pytest.mark.parametrize("name", SERVICES)
def test_after_three_refusals_the_bridge_waits_as_long_as_the_service_asks(
    name: str, error: RemoteError, waited_s: float
) -> None:
    simulation = Simulation(a_service(name), endpointing=CLIENT)
    (service,) = simulation.services
    service.refusals.extend([error] * 3)
    began = simulation.now
    simulation.say(SPEECH)
    simulation.finish()
    simulation.wait_for_outcome()

    (result,) = simulation.results
    assert (result.text, result.complete) == (SPOKEN, True)
    assert len(simulation.opened) == 4
    assert simulation.now - began >= waited_s


@pytest.mark.parametrize("name", ProviderName)
def test_after_three_sessions_that_reach_a_rate_limit_the_next_one_gets_the_utterance(
    name: ProviderName,
) -> None:
    simulation = Simulation(a_service(name), endpointing=CLIENT)
    began, refused = simulation.now, 0
    for start in range(0, len(SPEECH), 320):
        simulation.say(SPEECH[start : start + 320])
        newest = simulation.opened[-1] if simulation.opened else None
        if refused < 3 and newest and newest.is_connected and not newest.client.state.is_over:
            newest.client.receive_message(json.dumps(RATE_LIMITED[name]), now=simulation.now)
            simulation.run()
            refused += 1
            simulation.wait(1)
    simulation.finish()
    simulation.wait_for_outcome()

    (result,) = simulation.results
    assert (refused, result.text, result.complete) == (3, SPOKEN, True)
    assert simulation.now - began >= 3


@pytest.mark.parametrize("name", SERVICES)
def test_after_sessions_that_end_in_long_silence_only_a_part_of_it_is_sent_again(
    name: str,
) -> None:
    simulation = Simulation(a_service(name), endpointing=CLIENT)
    (service,) = simulation.services
    service.lives_s = 4.9  # each session begins 5 s after the one before

    # In the last session, the speech begins at a block of the scripted engine.
    result = result_of(simulation, silence(23_100) + SPEECH)

    assert (result.text, result.complete) == (SPOKEN, True)
    assert len(simulation.opened) == 5
    assert max(link.sent_ms for link in simulation.opened) < 11_000


@pytest.mark.parametrize(("upgrade_s", "sessions"), [(4, 5), (7, 9), (12, 10)])
@pytest.mark.parametrize("name", SERVICES)
def test_the_bridge_waits_for_a_service_that_answers_upgrades_late(
    name: str, upgrade_s: float, sessions: int
) -> None:
    """The speech is short, and the service is unknown. The next test has the later utterances."""
    simulation = Simulation(a_service(name), endpointing=CLIENT)
    (service,) = simulation.services
    service.upgrade_s = upgrade_s
    began = simulation.now

    result = result_of(simulation)

    assert (result.text, result.complete) == (SPOKEN, True)
    assert len(simulation.opened) <= sessions
    assert simulation.now - began < upgrade_s + 1.5
    assert sum(link.sent_ms for link in simulation.opened) < len(SPEECH) / 32 + 500


@pytest.mark.parametrize("upgrade_s", [4, 7, 12])
@pytest.mark.parametrize("name", SERVICES)
def test_from_the_second_utterance_on_a_slow_service_gets_two_sessions(
    name: str, upgrade_s: float
) -> None:
    opening_time = OpeningTime()
    opened = []
    for _ in range(3):
        simulation = Simulation(a_service(name), endpointing=CLIENT, opening_time=opening_time)
        simulation.services[0].upgrade_s = upgrade_s
        assert result_of(simulation).text == SPOKEN
        opened.append(len(simulation.opened))

    assert opened[1:] == [2, 2]


@pytest.mark.parametrize("name", SERVICES)
def test_the_bridge_waits_for_a_service_that_begins_its_session_late(name: str) -> None:
    simulation = Simulation(a_service(name), endpointing=CLIENT)
    (service,) = simulation.services
    service.greeting_s = 4.0
    began = simulation.now

    result = result_of(simulation)

    assert (result.text, result.complete) == (SPOKEN, True)
    assert simulation.now - began < 4 + 1.5


COVERED = noise(words=2)[: 32 * 380]
"""Speech that ends less than 100 ms after the time that partials give for the last word."""
COVERED_TEXT = " ".join(scripted_words(COVERED + silence(20)))


def without_finals(*services: Service) -> tuple[Simulation, float]:
    """Speak to a service that sends partials but no finals.

    Return the simulation, and the time from the end of the audio to the outcome.
    """
    simulation = Simulation(*services, endpointing=CLIENT)
    services[0].sends_finals = False
    simulation.say(COVERED + silence(700))
    simulation.finish()
    ended_at = simulation.now
    simulation.wait_for_outcome()
    assert simulation.revisions
    return simulation, simulation.now - ended_at


TIMED = {ProviderName.RESON8}
"""The services whose partials have the times of words."""


@pytest.mark.parametrize("name", TIMED)
def test_a_partial_that_covers_the_speech_is_the_result_when_finals_never_come(name: str) -> None:
    simulation, waited_s = without_finals(a_service(name))

    (result,) = simulation.results
    assert (result.text, result.complete) == (COVERED_TEXT, False)
    assert waited_s == pytest.approx(Limits().final_s, abs=0.1)


@pytest.mark.parametrize("name", [name for name in ProviderName if name not in TIMED])
def test_a_partial_without_times_is_no_result_because_it_may_be_half_a_command(name: str) -> None:
    simulation, waited_s = without_finals(a_service(name))

    (error,) = simulation.errors
    assert isinstance(error, FinalTimeoutError)
    assert waited_s == pytest.approx(Limits().total_s, abs=0.1)


@pytest.mark.parametrize("name", ProviderName)
def test_a_fallback_answers_within_5_s_if_finals_never_come(name: str) -> None:
    other = a_service("scripted")
    other.name = "other"

    simulation, waited_s = without_finals(a_service(name), other)

    (result,) = simulation.results
    assert (result.text, result.complete, result.profile) == (COVERED_TEXT, True, "other")
    assert waited_s <= Limits().final_s


@pytest.mark.parametrize("name", SERVICES)
def test_the_audio_of_both_profiles_counts(name: str) -> None:
    """The first profile is mute, so its fallback gets the whole utterance too."""
    first, other = a_service(name), a_service("scripted")
    other.name = "other"
    budget = Budget()
    simulation = Simulation(first, other, endpointing=CLIENT, budget=budget)
    for start_ms in range(0, len(SPEECH) // 32, 10):
        first.is_mute = start_ms >= 100
        simulation.say(SPEECH[32 * start_ms : 32 * (start_ms + 10)])
    simulation.finish()
    simulation.wait_for_outcome()

    (result,) = simulation.results
    assert (result.text, result.profile) == (SPOKEN, "other")
    sent = dict.fromkeys((first.name, other.name), 0.0)
    for link in simulation.opened:
        sent[link.service.name] += link.sent_ms / 1000
    assert min(sent.values()) > 0
    assert budget.spent_s == pytest.approx(sum(sent.values()), abs=0.01)
