"""The settings for finding the end of an utterance, and how a client changes them."""

import re
from typing import Any

import pytest

from wyoming_bridge.endpointing import RECORDING, Endpointing, EndpointSource, Sensitivity
from wyoming_bridge.errors import ConfigError, ErrorText, RequestError


def test_every_setting_has_a_default() -> None:
    endpointing = Endpointing()

    assert endpointing.source == EndpointSource.RACE
    assert (endpointing.silence_ms, endpointing.speculate_ms) == (600, 200)
    assert (endpointing.no_speech_timeout_s, endpointing.max_utterance_s) == (8, 30)


@pytest.mark.parametrize(
    ("sensitivity", "silence_ms"),
    [(Sensitivity.AGGRESSIVE, 300), (Sensitivity.DEFAULT, 600), (Sensitivity.RELAXED, 1200)],
)
def test_a_sensitivity_multiplies_the_silence(sensitivity: Sensitivity, silence_ms: int) -> None:
    assert Endpointing().with_sensitivity(sensitivity).silence_ms == silence_ms


def test_a_sensitivity_keeps_the_silence_within_its_range() -> None:
    assert Endpointing(silence_ms=150).with_sensitivity(Sensitivity.AGGRESSIVE).silence_ms == 100
    assert Endpointing(silence_ms=5000).with_sensitivity(Sensitivity.RELAXED).silence_ms == 5000


def test_a_client_can_change_single_settings() -> None:
    values = {"silence_ms": 450, "no_speech_timeout_s": 5, "source": "client"}

    assert Endpointing().with_values(values) == Endpointing(
        silence_ms=450, no_speech_timeout_s=5, source="client"
    )


@pytest.mark.parametrize(("wanted", "granted"), [(10, 10), (30, 30), (600, 30)])
def test_a_client_may_lower_the_longest_utterance_and_not_raise_it(
    wanted: float, granted: float
) -> None:
    assert Endpointing().with_values({"max_utterance_s": wanted}).max_utterance_s == granted


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"silence": 450}, "no endpointing setting named 'silence'; available: source, silence_ms"),
        ({"silence_ms": "450"}, "endpointing.silence_ms must be a whole number, got '450'"),
        ({"silence_ms": True}, "endpointing.silence_ms must be a whole number, got True"),
        ({"silence_ms": 450.5}, "endpointing.silence_ms must be a whole number, got 450.5"),
        ({"max_utterance_s": "9"}, "endpointing.max_utterance_s must be a number, got '9'"),
        ({"connect": 1}, "endpointing.connect must be text, got 1"),
        ({"silence_ms": 50}, "silence_ms: must be 100 to 5000 ms, got 50"),
        ({"source": "everyone"}, "source: must be race or provider or client, got 'everyone'"),
        ({"endpointing": "race"}, "endpointing.endpointing is now called source"),
        ({"open": "on_speech"}, "endpointing.open is now called connect"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is_allowed(
    values: dict[str, object], message: str
) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        Endpointing().with_values(values)


def test_the_error_of_a_client_has_the_text_of_the_setting() -> None:
    with pytest.raises(RequestError) as refused:
        Endpointing().with_values({"silence_ms": 300, "speculate_ms": 400})

    assert refused.value.text is ErrorText.SPECULATES_TOO_LATE
    assert refused.value.placeholders == {"setting": "speculate_ms", "value": "400", "limit": "300"}


def test_a_setting_out_of_its_range_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"speech_threshold: must be 0\.1 to 0\.9, got 0\.95"):
        Endpointing(speech_threshold=0.95)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"silence_ms": 500, "speculate_ms": 500},
            "speculate_ms: must be less than silence_ms, which is 500, got 500",
        ),
        (
            {"no_speech_timeout_s": 12, "max_utterance_s": 10},
            "no_speech_timeout_s: must be at most max_utterance_s, which is 10, got 12",
        ),
        (
            {"complete_silence_ms": 500},
            "complete_silence_ms: must be at most extendable_silence_ms, which is 400, got 500",
        ),
        (
            {"unfinished_silence_ms": 300},
            "extendable_silence_ms: must be at most unfinished_silence_ms, which is 300, got 400",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        Endpointing(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"silence_ms": 100},
        {"max_utterance_s": 5},
        {"silence_ms": 500, "speculate_ms": 600, "source": "client"},
        {"complete_silence_ms": 500, "commands_end_early": False},
        {"silence_ms": 500, "speculate_ms": 0},
    ],
)
def test_a_setting_without_effect_contradicts_nothing(values: dict[str, Any]) -> None:
    assert Endpointing(**values)


@pytest.mark.parametrize("values", [{"silence_ms": 150}, {"max_utterance_s": 5}])
def test_the_settings_of_a_profile_give_way_to_those_of_a_client(values: dict[str, Any]) -> None:
    profile = Endpointing(speculate_ms=300, no_speech_timeout_s=20)

    wanted = profile.with_values(values)

    assert {name: getattr(wanted, name) for name in values} == values
    assert wanted.speculate_ms < wanted.silence_ms
    assert wanted.no_speech_timeout_s <= wanted.max_utterance_s


@pytest.mark.parametrize("sensitivity", Sensitivity)
@pytest.mark.parametrize("silence_ms", [100, 400, 5000])
def test_the_text_is_requested_before_the_end_at_every_sensitivity(
    sensitivity: Sensitivity, silence_ms: int
) -> None:
    profile = Endpointing(silence_ms=silence_ms, speculate_ms=silence_ms - 10)

    settings = profile.with_sensitivity(sensitivity).with_early_text()

    assert 0 < settings.speculate_ms < settings.silence_ms


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        (Endpointing(), True),
        (RECORDING, False),
        (Endpointing(source="client", speculate_ms=0), False),
        (Endpointing(source="client"), True),
        (Endpointing(source="client", speculate_ms=0, connect="on_speech"), True),
    ],
)
def test_the_detector_runs_only_if_something_depends_on_it(
    settings: Endpointing, *, needed: bool
) -> None:
    assert settings.needs_detector(provider_ends_turns=True) is needed


@pytest.mark.parametrize("provider_ends_turns", [True, False])
def test_the_detector_stands_in_for_a_service_that_cannot_end_turns(
    *, provider_ends_turns: bool
) -> None:
    settings = Endpointing(source="provider", speculate_ms=0)

    needed = settings.needs_detector(provider_ends_turns=provider_ends_turns)

    assert needed is not provider_ends_turns


def test_a_fallback_does_not_wait_for_its_service_to_find_the_end() -> None:
    assert Endpointing(source="provider").with_bridge_vad().source == EndpointSource.RACE
    assert Endpointing(source="client").with_bridge_vad() == Endpointing(source="client")
