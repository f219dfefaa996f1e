"""A profile's settings, bent to what a client wants of one utterance."""

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.options import Settings
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings


def test_keyterms_are_the_profiles_then_the_clients_as_many_as_there_is_room_for() -> None:
    settings = ElevenLabsSettings(keyterms=("Zolder",))
    terms = ["zolder", "Keuken", "a  lamp", "x" * 21, "", *(f"t{count}" for count in range(60))]

    bent, left = settings.with_bias_terms(terms)

    assert isinstance(bent, ElevenLabsSettings)
    assert bent.keyterms[:4] == ("Zolder", "Keuken", "a lamp", "t0")
    assert len(bent.keyterms) == 50
    assert left == ("x" * 21, *(f"t{count}" for count in range(47, 60)))


def test_a_phrase_with_a_comma_would_be_two() -> None:
    bent, left = Reson8Settings(phrases=("Zolder",)).with_bias_terms(["Keuken", "on, off"])

    assert isinstance(bent, Reson8Settings)
    assert bent.phrases == ("Zolder", "Keuken")
    assert left == ("on, off",)


def test_a_service_that_cannot_be_biased_leaves_all_out() -> None:
    settings = ScriptixSettings()

    assert settings.with_bias_terms(["Keuken"]) == (settings, ("Keuken",))


def test_the_services_own_detection_is_set_within_its_ranges() -> None:
    bent, warnings = ElevenLabsSettings().with_server_vad(
        silence_ms=200, min_speech_ms=20, speech_threshold=0.6
    )

    assert isinstance(bent, ElevenLabsSettings)
    assert bent.ends_turns
    assert (bent.vad_silence_threshold_secs, bent.vad_threshold) == (0.3, 0.6)
    assert (bent.min_speech_duration_ms, bent.min_silence_duration_ms) == (50, 100)
    assert warnings == (
        "vad_silence_threshold_secs is 0.3 instead of 0.2: 0.3 to 3 s",
        "min_speech_duration_ms is 50 instead of 20: 50 to 2000 ms",
    )


def test_what_the_profile_sets_of_the_service_itself_stays() -> None:
    bent, warnings = ElevenLabsSettings(vad_silence_threshold_secs=2).with_server_vad(
        silence_ms=600, min_speech_ms=80, speech_threshold=0.5
    )

    assert isinstance(bent, ElevenLabsSettings)
    assert (bent.vad_silence_threshold_secs, bent.vad_threshold) == (2, 0.5)
    assert warnings == ()


@pytest.mark.parametrize("settings", [Reson8Settings(), ScriptixSettings()])
def test_a_service_without_detection_of_its_own_says_what_is_possible(settings: Settings) -> None:
    assert not settings.ends_turns
    with pytest.raises(ConfigError, match="must be race or client"):
        settings.with_server_vad(silence_ms=600, min_speech_ms=80, speech_threshold=0.5)


@pytest.mark.parametrize(
    ("settings", "count"), [(ElevenLabsSettings(), 50), (Reson8Settings(), 250)]
)
def test_terms_do_not_make_an_address_that_web_servers_refuse(
    settings: Settings, count: int
) -> None:
    terms = [f"{number:03} {'間' * 14}" for number in range(count)]

    with_terms, left = settings.with_bias_terms(terms)
    url = new_client(with_terms).connect().url

    assert left
    assert left == tuple(terms[count - len(left) :])
    assert 5000 < len(url) < 8000
