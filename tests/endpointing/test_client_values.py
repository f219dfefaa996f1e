"""The endpointing settings that a client changes for one utterance."""

import re
from typing import Any

import pytest

from wyoming_bridge.endpointing import Endpointing, with_client_values
from wyoming_bridge.errors import ErrorText, RequestError


def test_a_client_can_change_single_settings() -> None:
    values = {"silence_ms": 450, "no_speech_timeout_s": 5, "source": "client"}

    assert with_client_values(Endpointing(), values) == Endpointing(
        silence_ms=450, no_speech_timeout_s=5, source="client"
    )


@pytest.mark.parametrize(("wanted", "granted"), [(10, 10), (30, 30), (600, 30)])
def test_a_client_may_lower_the_longest_utterance_and_not_raise_it(
    wanted: float, granted: float
) -> None:
    assert with_client_values(Endpointing(), {"max_utterance_s": wanted}).max_utterance_s == granted


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"silence": 450},
            "named 'silence' (did you mean silence_ms?); available: source, silence_ms",
        ),
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
        with_client_values(Endpointing(), values)


def test_the_error_of_a_client_has_the_text_of_the_setting() -> None:
    with pytest.raises(RequestError) as refused:
        with_client_values(Endpointing(), {"silence_ms": 300, "speculate_ms": 400})

    assert refused.value.text is ErrorText.SPECULATES_TOO_LATE
    assert refused.value.placeholders == {"setting": "speculate_ms", "value": "400", "limit": "300"}


@pytest.mark.parametrize("values", [{"silence_ms": 150}, {"max_utterance_s": 5}])
def test_the_settings_of_a_profile_give_way_to_those_of_a_client(values: dict[str, Any]) -> None:
    profile = Endpointing(speculate_ms=300, no_speech_timeout_s=20)

    wanted = with_client_values(profile, values)

    assert {name: getattr(wanted, name) for name in values} == values
    assert wanted.speculate_ms < wanted.silence_ms
    assert wanted.no_speech_timeout_s <= wanted.max_utterance_s
