"""The settings of a profile, combined with the options of one request."""

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.openai import OpenAISettings
from wyoming_bridge.providers.registry import PROVIDERS, Provider, new_client
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.settings import Settings


def test_keyterms_of_the_profile_and_then_of_the_client_are_used_up_to_the_maximum() -> None:
    settings = ElevenLabsSettings(keyterms=("Zolder",))
    terms = ["zolder", "Keuken", "a  lamp", "x" * 21, "", *(f"t{count}" for count in range(60))]

    adapted, left = settings.with_bias_terms(terms)

    assert isinstance(adapted, ElevenLabsSettings)
    assert adapted.keyterms[:4] == ("Zolder", "Keuken", "a lamp", "t0")
    assert len(adapted.keyterms) == 50
    assert left == ("x" * 21, *(f"t{count}" for count in range(47, 60)))


def test_a_phrase_loses_its_commas() -> None:
    terms = ["Keuken", "on, off", ",", "zolder,"]

    adapted, left = Reson8Settings(phrases=("Zolder",)).with_bias_terms(terms)

    assert isinstance(adapted, Reson8Settings)
    assert adapted.phrases == ("Zolder", "Keuken", "on off")
    assert left == ()


@pytest.mark.parametrize(
    ("term", "sent"),
    [
        ("Kitchen ceiling light", "ceiling light"),  # "Kitchen" is another term
        ("KITCHEN table lamp and more", "table lamp and more"),
        ("Living room lamp by the window", "lamp by the window"),
        ("Straße der Republik links", "der Republik links"),
        ("Bedroom lamp by the window", "Bedroom lamp by the"),
        ("Kitchen light", "Kitchen light"),  # short enough
        ("Kitchen Wohnzimmerdeckenleuchte", None),  # no whole word fits
        ("Wohnzimmerdeckenleuchte", None),
    ],
)
def test_a_term_that_is_too_long_is_shortened_to_the_words_that_tell_it_apart(
    term: str, sent: str | None
) -> None:
    settings = ElevenLabsSettings(keyterms=("Kitchen", "Living", "Living room", "Straße"))

    adapted, left = settings.with_bias_terms([term])

    assert isinstance(adapted, ElevenLabsSettings)
    assert adapted.keyterms[4:] == ((sent,) if sent else ())
    assert left == (() if sent else (term,))


def test_a_term_is_left_out_if_nothing_tells_it_apart_when_it_is_shortened() -> None:
    terms = ["Reading lamp number one", "Reading lamp number two", "reading lamp number one"]

    adapted, left = ElevenLabsSettings().with_bias_terms(terms)

    assert adapted.bias_terms == ("Reading lamp number",)
    assert left == ("Reading lamp number two", "reading lamp number one")


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda row: row.title)
def test_a_provider_reports_the_terms_that_it_sends(provider: Provider) -> None:
    adapted, left = provider.settings().with_bias_terms(["lamp"])

    assert (*adapted.bias_terms, *left) == ("lamp",)
    assert bool(left) == (not provider.capabilities.bias_terms)


def test_a_model_without_keywords_and_prompt_leaves_all_terms_out() -> None:
    settings = OpenAISettings(model="gpt-realtime-whisper")

    assert settings.with_bias_terms(["Keuken"]) == (settings, ("Keuken",))
    assert settings.model_title == "gpt-realtime-whisper"


def test_a_service_without_bias_terms_leaves_all_terms_out() -> None:
    settings = ScriptixSettings()

    assert settings.with_bias_terms(["Keuken"]) == (settings, ("Keuken",))


def test_the_services_detection_is_set_within_its_ranges() -> None:
    adapted, warnings = ElevenLabsSettings().with_server_vad(
        silence_ms=200, min_speech_ms=20, speech_threshold=0.6
    )

    assert isinstance(adapted, ElevenLabsSettings)
    assert adapted.ends_turns
    assert (adapted.vad_silence_threshold_secs, adapted.vad_threshold) == (0.3, 0.6)
    assert (adapted.min_speech_duration_ms, adapted.min_silence_duration_ms) == (50, 100)
    assert warnings == (
        "vad_silence_threshold_secs is 0.3 instead of 0.2: 0.3 to 3 s",
        "min_speech_duration_ms is 50 instead of 20: 50 to 2000 ms",
    )


def test_the_profiles_settings_of_the_detection_are_kept() -> None:
    adapted, warnings = ElevenLabsSettings(vad_silence_threshold_secs=2).with_server_vad(
        silence_ms=600, min_speech_ms=80, speech_threshold=0.5
    )

    assert isinstance(adapted, ElevenLabsSettings)
    assert (adapted.vad_silence_threshold_secs, adapted.vad_threshold) == (2, 0.5)
    assert warnings == ()


@pytest.mark.parametrize("settings", [Reson8Settings(), ScriptixSettings()])
def test_the_source_provider_is_refused_for_a_service_that_does_not_detect_the_end(
    settings: Settings,
) -> None:
    assert not settings.ends_turns
    with pytest.raises(ConfigError, match="must be race or client"):
        settings.with_server_vad(silence_ms=600, min_speech_ms=80, speech_threshold=0.5)


@pytest.mark.parametrize(
    ("settings", "count"), [(ElevenLabsSettings(), 50), (Reson8Settings(), 250)]
)
def test_terms_do_not_make_the_address_too_long(settings: Settings, count: int) -> None:
    terms = [f"{number:03} {'間' * 14}" for number in range(count)]

    with_terms, left = settings.with_bias_terms(terms)
    url = new_client(with_terms).connect().url

    assert left
    assert left == tuple(terms[count - len(left) :])
    assert 5000 < len(url) < 8000
