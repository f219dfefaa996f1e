"""If a profile cannot transcribe, the next one gets the whole utterance."""

import logging
from datetime import date

import pytest

from sessions import noise
from utterances import (
    PATIENT,
    THREE,
    THREE_WORDS,
    a_candidate,
    an_utterance,
    bounded,
    first_words_received,
    the_transport,
)
from wyoming_bridge.errors import (
    AuthenticationError,
    BudgetError,
    ConnectError,
    ServiceRequestError,
)
from wyoming_bridge.testing import FakeConnector, ScriptedServer, scripted_words
from wyoming_bridge.transcriber import Budget, CircuitBreaker, Limits
from wyoming_bridge.transcriber.candidate import Candidate

FIVE = noise(words=5, seed=3)
FIVE_WORDS = " ".join(scripted_words(FIVE))


@pytest.fixture
def other() -> FakeConnector:
    return FakeConnector(ScriptedServer.accept)


def the_garage(other: FakeConnector, **values: object) -> Candidate:
    return a_candidate(other, profile="garage", **values)


async def test_the_fallback_gets_the_whole_utterance(
    connector: FakeConnector, other: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with an_utterance(connector, fallback=[the_garage(other)]) as utterance, bounded():
        utterance.feed(FIVE[:16000])
        transport = await the_transport(connector)
        await first_words_received(utterance)
        connector.refuse(ServiceRequestError("no such model", provider="scripted"))
        transport.end(code=None)
        utterance.feed(FIVE[16000:])
        utterance.finish()
        result = await utterance.result()

    assert (result.text, result.complete) == (FIVE_WORDS, True)
    assert (result.profile, result.connections) == ("garage", 3)
    assert "kitchen: scripted: no such model; trying profile garage too" in caplog.text


async def test_a_wrong_token_goes_straight_to_the_fallback(
    connector: FakeConnector, other: FakeConnector
) -> None:
    connector.refuse(AuthenticationError("the token is wrong", provider="scripted"))
    async with an_utterance(connector, fallback=[the_garage(other)]) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS

    assert len(connector.requests) == 1


async def test_a_wrong_token_is_not_tried_again_at_the_next_utterance(
    connector: FakeConnector, other: FakeConnector
) -> None:
    circuit_breaker = CircuitBreaker()
    connector.refuse(AuthenticationError("the token is wrong", provider="scripted"))
    for _ in range(3):
        utterance = an_utterance(
            connector, fallback=[the_garage(other)], circuit_breaker=circuit_breaker
        )
        async with utterance, bounded():
            utterance.feed(THREE)
            utterance.finish()
            assert (await utterance.result()).text == THREE_WORDS

    assert len(connector.requests) == 1
    assert len(other.requests) == 3


async def test_if_all_profiles_fail_the_first_error_is_raised(
    connector: FakeConnector, other: FakeConnector
) -> None:
    connector.refuse(AuthenticationError("the token is wrong", provider="scripted"))
    other.refuse(ConnectError("no route to host", provider="scripted"))
    async with an_utterance(connector, fallback=[the_garage(other)]) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(AuthenticationError):
            await utterance.result()

    assert len(other.requests) > 10


async def test_the_fallback_is_tried_if_no_final_arrives_in_time(
    connector: FakeConnector, other: FakeConnector
) -> None:
    connector.go_silent()
    limits = Limits(ready_s=0.1)
    utterance = an_utterance(connector, limits=limits, fallback=[the_garage(other)])
    async with utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()

    assert (result.text, result.profile) == (THREE_WORDS, "garage")


async def test_all_profiles_together_have_one_time_limit(
    connector: FakeConnector, other: FakeConnector
) -> None:
    connector.hold_connects()
    other.hold_connects()
    limits = Limits(ready_s=10, answer_s=10, total_s=0.05)
    utterance = an_utterance(connector, limits=limits, fallback=[the_garage(other, limits=PATIENT)])
    async with utterance, bounded():
        utterance.feed(THREE[:640])
        utterance.finish()
        with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
            await utterance.result()


async def test_the_fallback_is_tried_if_the_budget_is_spent(
    connector: FakeConnector, other: FakeConnector
) -> None:
    budget = Budget(max_s=1)
    for _ in range(3):
        utterance = an_utterance(connector, fallback=[the_garage(other)], budget=budget)
        async with utterance, bounded():
            utterance.feed(THREE)
            utterance.finish()
            assert (await utterance.result()).text == THREE_WORDS

    assert len(connector.requests) == 2  # the second utterance began within the limit
    assert len(other.requests) == 1
    assert budget.spent_s == pytest.approx(1.2)


async def test_without_a_fallback_a_spent_budget_is_an_error(connector: FakeConnector) -> None:
    spent = Budget(max_s=60, day=date.today(), spent_s=60)  # noqa: DTZ011 - budgets use the local date too
    async with an_utterance(connector, budget=spent) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(BudgetError) as caught:
            await utterance.result()

    assert caught.value.code == "budget_exceeded"
    assert connector.requests == []


async def test_audio_that_was_sent_twice_is_counted_twice(connector: FakeConnector) -> None:
    budget = Budget()
    async with an_utterance(connector, budget=budget) as utterance, bounded():
        utterance.feed(THREE)
        transport = await the_transport(connector)
        await first_words_received(utterance)
        transport.end(code=None)
        utterance.finish()
        await utterance.result()

    assert budget.spent_s == pytest.approx(1.2)


async def test_audio_that_was_not_sent_is_not_counted(connector: FakeConnector) -> None:
    budget = Budget()
    connector.refuse(ConnectError("no route to host", provider="scripted"))
    limits = Limits(ready_s=5)
    async with an_utterance(connector, limits=limits, budget=budget) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        with pytest.raises(ConnectError):
            await utterance.result()

    assert budget.spent_s == 0
