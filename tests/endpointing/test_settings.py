"""The settings of the endpoint, and how a client bends them."""

import pytest

from wyoming_bridge.endpointing import RECORDING, Endpointing, EndpointSource, Sensitivity
from wyoming_bridge.errors import ConfigError, RequestError


def test_nothing_has_to_be_set() -> None:
    endpointing = Endpointing()

    assert endpointing.who is EndpointSource.RACE
    assert (endpointing.silence_ms, endpointing.speculate_ms) == (600, 200)
    assert (endpointing.no_speech_timeout_s, endpointing.max_utterance_s) == (8, 30)


@pytest.mark.parametrize(
    ("sensitivity", "silence_ms"),
    [(Sensitivity.AGGRESSIVE, 300), (Sensitivity.DEFAULT, 600), (Sensitivity.RELAXED, 1200)],
)
def test_a_word_of_wyoming_bends_the_silence(sensitivity: Sensitivity, silence_ms: int) -> None:
    assert Endpointing().with_sensitivity(sensitivity).silence_ms == silence_ms


def test_a_word_does_not_bend_it_out_of_its_range() -> None:
    assert Endpointing(silence_ms=150).with_sensitivity(Sensitivity.AGGRESSIVE).silence_ms == 100
    assert Endpointing(silence_ms=5000).with_sensitivity(Sensitivity.RELAXED).silence_ms == 5000


def test_a_client_can_say_it_exactly() -> None:
    values = {"silence_ms": 450, "no_speech_timeout_s": 5, "endpointing": "client"}

    assert Endpointing().with_values(values) == Endpointing(
        silence_ms=450, no_speech_timeout_s=5, endpointing="client"
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"silence": 450}, "silence is no setting of the endpoint; there are endpointing, silence"),
        ({"silence_ms": "450"}, "silence_ms: '450' is not of its type"),
        ({"silence_ms": True}, "silence_ms: True is not of its type"),
        ({"silence_ms": 450.5}, "silence_ms: 450.5 is not of its type"),
        ({"silence_ms": 50}, "silence_ms: 50 is not possible; allowed: 100 to 5000 ms"),
        ({"endpointing": "nobody"}, "allowed: race or provider or client"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(values: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        Endpointing().with_values(values)


def test_a_setting_out_of_its_range_cannot_be_held() -> None:
    with pytest.raises(ConfigError, match=r"speech_threshold: 0\.95 is not possible"):
        Endpointing(speech_threshold=0.95)


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        (Endpointing(), True),
        (RECORDING, False),
        (Endpointing(endpointing="client", speculate_ms=0), False),
        (Endpointing(endpointing="client"), True),
        (Endpointing(endpointing="client", speculate_ms=0, open="on_speech"), True),
    ],
)
def test_nobody_listens_for_speech_where_nothing_depends_on_it(
    settings: Endpointing, *, needed: bool
) -> None:
    assert settings.needs_detector(provider_ends_turns=True) is needed


@pytest.mark.parametrize("service_ends", [True, False])
def test_where_the_service_cannot_end_turns_the_bridge_listens(*, service_ends: bool) -> None:
    settings = Endpointing(endpointing="provider", speculate_ms=0)

    assert settings.needs_detector(provider_ends_turns=service_ends) is not service_ends
