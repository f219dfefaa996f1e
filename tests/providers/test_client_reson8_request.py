"""The Reson8 client: its requests, and the settings that it refuses."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.providers.reson8 import CAPABILITIES, Reson8Settings
from wyoming_bridge.providers.reson8.client import Reson8Client
from wyoming_bridge.providers.reson8.settings import wrong_pattern


def query(settings: Reson8Settings) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(Reson8Client(settings).connect().url).query))


class TestRequest:
    def test_the_address_is_that_of_the_service(self) -> None:
        request = Reson8Client(Reson8Settings()).connect()
        assert request.shown_url == "wss://api.reson8.dev/v1/speech-to-text/realtime"

    def test_all_details_of_transcripts_are_requested(self) -> None:
        assert query(Reson8Settings()) == {
            "encoding": "pcm_s16le",
            "sample_rate": "16000",
            "channels": "1",
            "include_interim": "true",
            "include_timestamps": "true",
            "include_words": "true",
            "include_confidence": "true",
            "include_language": "true",
        }

    @pytest.mark.parametrize("language", ["fy", "fy-NL", "fy_NL", "FY"])
    def test_a_language_is_sent_without_its_region(self, language: str) -> None:
        asked = query(Reson8Settings(language=language))
        assert asked["language"] == "fy"
        assert "include_language" not in asked

    @pytest.mark.parametrize(
        ("language", "others", "sent"),
        [("nl-BE", ("fy", "nl"), "nl,fy"), (None, ("nl", "fy"), "nl,fy")],
    )
    def test_several_languages_are_a_list_and_their_detection_is_requested(
        self, language: str | None, others: tuple[str, ...], sent: str
    ) -> None:
        asked = query(Reson8Settings(language=language, secondary_languages=others))
        assert (asked["language"], asked["include_language"]) == (sent, "true")

    def test_phrases_patterns_and_fillers_are_sent(self) -> None:
        asked = query(
            Reson8Settings(
                phrases=("extractor hood", "fan"),
                bias_strength=2.5,
                filler_mode="clean",
                patterns=("[A-Z]{3}", "[0-9]+"),
                diarize=True,
                max_speakers=2,
            )
        )
        assert {name: asked[name] for name in asked if not name.startswith("include_")} == {
            "encoding": "pcm_s16le",
            "sample_rate": "16000",
            "channels": "1",
            "phrases": "extractor hood,fan",
            "bias_strength": "2.5",
            "filler_mode": "clean",
            "patterns": "[A-Z]{3},[0-9]+",
            "diarize": "true",
            "max_speakers": "2",
        }

    def test_a_custom_model_is_sent(self) -> None:
        assert query(Reson8Settings(custom_model_id="m 1"))["custom_model_id"] == "m 1"

    @pytest.mark.parametrize(
        ("auth", "header"), [("api_key", "ApiKey k"), ("access_token", "Bearer k")]
    )
    def test_the_token_is_sent_in_the_authorization_header(self, auth: str, header: str) -> None:
        request = Reson8Client(Reson8Settings(token="k", auth=auth)).connect()
        assert request.headers == {"Authorization": header}
        assert list(request.subprotocols) == []

    def test_the_token_can_be_sent_as_a_subprotocol(self) -> None:
        request = Reson8Client(Reson8Settings(token="k", auth="subprotocol")).connect()
        assert request.headers == {}
        assert list(request.subprotocols) == ["bearer", "k"]


@pytest.mark.parametrize("token", ["s3cret==", "s3/cret", "s3,cret"])
def test_a_token_that_a_subprotocol_cannot_have_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ConfigError, match=r"^token: ") as caught:
        Reson8Settings(token=token, auth="subprotocol")

    assert "s3" not in str(caught.value)
    assert Reson8Settings(token=token, auth="access_token").token == token


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"phrases": ("a,b",)}, r"^phrases: must not contain a comma, .*, got 'a,b'"),
        ({"phrases": ("a",) * 251}, "^phrases: must have at most 250 entries, got 251"),
        ({"phrases": ("",)}, "^phrases: must be at least 1 characters, got ''"),
        ({"patterns": ("[a", "b")}, r"^patterns: must be a regular expression, got '\[a'"),
        ({"patterns": ("a",) * 21}, "^patterns: must have at most 20 entries, got 21"),
        ({"patterns": ("a" * 65,)}, "^patterns: must be 1 to 64 characters, got 'aaa"),
        ({"patterns": ("a", "(?i)b")}, r"^patterns: must not have flags .*, got '\(\?i\)b'"),
        ({"patterns": ("[a-\uffff]",)}, "^patterns: must consist of printable Latin characters"),
        ({"patterns": ("a{1,3}",)}, "^patterns: must not contain a comma"),
        ({"bias_strength": -0.1}, "^bias_strength: must be at least 0, got -0.1"),
        ({"filler_mode": "none"}, "^filler_mode: .* clean or natural or verbatim"),
        ({"diarize": True, "max_speakers": 5}, "^max_speakers: must be 1 to 4, got 5"),
        ({"max_speakers": 2}, "^max_speakers: must not be set if diarize is false"),
        ({"secondary_languages": ("ru",)}, "^secondary_languages: must be de or en or.* got 'ru'"),
    ],
)
def test_settings_that_the_service_would_refuse_are_refused(
    settings: dict[str, bool | float | str | tuple[str, ...]], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        Reson8Settings(**settings)


@given(st.text(st.sampled_from("ab0-9[]()|?*+{}^$.\\dwsbBPi:=!<>#xuN\u024f\u0250 "), max_size=64))
@example("[[a]")
@example("(" * 64)
@example("a{99999999999999999999}")
@example("(?<=a*)b")
@example("(?P<a>b)(?P=a)(?P>c)")
def test_every_pattern_is_either_accepted_or_refused(pattern: str) -> None:
    wrong = wrong_pattern(["a+", pattern])

    assert wrong is None or wrong[0] == 1


def test_the_capabilities_are_those_of_the_service() -> None:
    assert CAPABILITIES.bias_terms == 250
    assert CAPABILITIES.speakers
    assert set(CAPABILITIES.languages) == {
        *("de", "en", "es", "fr", "fy", "it", "nl", "pl", "pt", "sv")
    }
