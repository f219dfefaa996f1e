"""The settings for finding the end of an utterance."""

import re
from typing import Any

import pytest

from wyoming_bridge.endpointing import (
    RECORDING,
    Endpointing,
    EndpointSource,
    Sensitivity,
    with_sensitivity,
)
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.options import options_of


def test_every_setting_has_a_default() -> None:
    endpointing = Endpointing()

    assert endpointing.source == EndpointSource.RACE
    assert (endpointing.silence_ms, endpointing.speculate_ms) == (600, 200)
    assert (endpointing.no_speech_timeout_s, endpointing.max_utterance_s) == (8, 30)


@pytest.mark.parametrize("source", EndpointSource)
@pytest.mark.parametrize("commands", [True, False])
def test_a_setting_declares_with_which_values_of_others_it_has_an_effect(
    source: EndpointSource, *, commands: bool
) -> None:
    endpointing = Endpointing(source=source, commands_end_early=commands)

    used = {
        name
        for name, option in options_of(Endpointing)
        if all(getattr(endpointing, each) in values for each, values in option.used_if.items())
    }

    silences = {"complete_silence_ms", "extendable_silence_ms", "unfinished_silence_ms"}
    assert (silences <= used) == (not silences.isdisjoint(used)) == endpointing.asks_the_house
    assert ("commands_end_early" in used) == (source is EndpointSource.RACE)
    assert ({"silence_ms", "no_speech_timeout_s"} <= used) == (source is not EndpointSource.CLIENT)


@pytest.mark.parametrize(
    ("sensitivity", "silence_ms"),
    [(Sensitivity.AGGRESSIVE, 300), (Sensitivity.DEFAULT, 600), (Sensitivity.RELAXED, 1200)],
)
def test_a_sensitivity_multiplies_the_silence(sensitivity: Sensitivity, silence_ms: int) -> None:
    assert with_sensitivity(Endpointing(), sensitivity).silence_ms == silence_ms


def test_a_sensitivity_keeps_the_silence_within_its_range() -> None:
    assert with_sensitivity(Endpointing(silence_ms=150), Sensitivity.AGGRESSIVE).silence_ms == 100
    assert with_sensitivity(Endpointing(silence_ms=5000), Sensitivity.RELAXED).silence_ms == 5000


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


@pytest.mark.parametrize("sensitivity", Sensitivity)
@pytest.mark.parametrize("silence_ms", [100, 400, 5000])
def test_the_text_is_requested_before_the_end_at_every_sensitivity(
    sensitivity: Sensitivity, silence_ms: int
) -> None:
    profile = Endpointing(silence_ms=silence_ms, speculate_ms=silence_ms - 10)

    settings = with_sensitivity(profile, sensitivity).with_early_text()

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
