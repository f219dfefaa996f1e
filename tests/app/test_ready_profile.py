"""``ReadyProfile``: the candidates of one profile, without a connection."""

from math import inf
from typing import Final

import pytest

from wyoming_bridge.app.ready_profile import ReadyProfile
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import AuthenticationError, BudgetError, RequestError
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.transcriber import DEFAULT_OPTIONS, Budget, Limits, RequestOptions

SETTINGS: Final = Reson8Settings(url="ws://localhost", token="t0k3n")
KITCHEN: Final = Profile(name="kitchen", backend=SETTINGS, limits=Limits(final_s=9))


def ready(profile: Profile = KITCHEN) -> ReadyProfile:
    backend = profile.backend
    settings = SETTINGS if isinstance(backend, LocalBackend) else backend
    return ReadyProfile.of(profile, settings=settings, budget=Budget(), connector=None)


def test_utterances_of_a_profile_share_its_limit_and_its_circuit_breaker() -> None:
    kitchen = ready()

    first, second = (kitchen.candidate(DEFAULT_OPTIONS, Endpointing()) for _ in range(2))

    assert first.budget is second.budget is kitchen.budget
    assert first.circuit_breaker is second.circuit_breaker is kitchen.circuit_breaker
    assert first.opening_time is second.opening_time is kitchen.opening_time
    assert first.answer_time is second.answer_time is kitchen.answer_time


def test_a_service_that_refused_the_token_refuses_the_next_utterance() -> None:
    kitchen = ready()
    assert kitchen.refusal(now=0.0) is None

    kitchen.circuit_breaker.failed(AuthenticationError("refused", provider="reson8"), now=0.0)

    assert isinstance(kitchen.refusal(now=1.0), AuthenticationError)


def test_a_profile_whose_daily_limit_is_reached_refuses_the_next_utterance() -> None:
    kitchen = ready()
    kitchen.budget.max_s = 1.0
    kitchen.budget.spend(1.0)

    assert isinstance(kitchen.refusal(now=0.0), BudgetError)


def test_a_local_server_may_be_slow_but_is_never_unreachable() -> None:
    local = ready(Profile(name="offline", backend=LocalBackend(), limits=Limits(final_s=9)))

    limits = local.candidate(DEFAULT_OPTIONS, Endpointing()).limits

    assert (limits.answer_s, limits.alive_s) == (9, inf)


def test_a_service_that_ends_turns_itself_is_asked_for_no_flush() -> None:
    service = ElevenLabsSettings(url="ws://localhost", token="t0k3n")
    kitchen = ready(Profile(name="kitchen", backend=service))

    by_bridge = kitchen.candidate(DEFAULT_OPTIONS, Endpointing())
    by_service = kitchen.candidate(DEFAULT_OPTIONS, Endpointing(source="provider"))

    assert (by_bridge.can_flush, by_bridge.ends_turns) == (True, False)
    assert (by_service.can_flush, by_service.ends_turns) == (False, True)


def test_an_invalid_language_is_an_error_of_the_request() -> None:
    options = RequestOptions(language="not a language")

    with pytest.raises(RequestError, match="language"):
        ready().candidate(options, Endpointing())


def test_a_probe_tests_an_account_that_has_failed_before_and_a_stream_does_not() -> None:
    kitchen = ready()

    probe = kitchen.probe_candidate()
    stream = kitchen.stream_candidate("http://localhost/radio.mp3", language=None)

    assert probe.circuit_breaker is not kitchen.circuit_breaker
    assert stream.circuit_breaker is kitchen.circuit_breaker
    assert stream.budget is kitchen.budget
    assert probe.limits.connections == stream.limits.connections == 1
