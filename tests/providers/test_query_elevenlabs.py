"""ElevenLabs' query parameters: the client and the server have the same defaults and ranges."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlencode

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.options import shown
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.query import SessionQuery, read_query, write_query
from wyoming_bridge.providers.elevenlabs.server import AUDIO_FORMATS
from wyoming_bridge.providers.server_request import ServerRequest

MODEL = {"model_id": ["scribe_v2_realtime"]}
FLAGS = [
    "include_timestamps",
    "include_language_detection",
    "no_verbatim",
    "enable_logging",
    "filter_background_audio",
    "diarize",
]
DEFAULTS: dict[str, object] = {
    "include_timestamps": False,
    "include_language_detection": False,
    "no_verbatim": False,
    "enable_logging": True,
    "filter_background_audio": False,
    "diarize": False,
    "keyterms": (),
    "secondary_languages": (),
    "entity_detection": (),
    "entity_redaction": (),
    "entity_redaction_mode": "enumerated_entity_type",
    "transcript_edit": None,
    "commit_strategy": "manual",
    "vad_silence_threshold_secs": 1.5,
    "vad_threshold": 0.4,
    "min_speech_duration_ms": 100,
    "min_silence_duration_ms": 100,
    "language": None,
    "model": "scribe_v2_realtime",
}
NUMBERS = [
    # name, text of the range, valid numbers, invalid numbers
    ("vad_silence_threshold_secs", "0.3 to 3", (0.3, 1, 3.0), (0.29, 3.01, -1.0, float("nan"))),
    ("vad_threshold", "0.1 to 0.9", (0.1, 0.5, 0.9), (0.09, 0.91, 0.0, float("inf"))),
    ("min_speech_duration_ms", "50 to 2000", (50, 51, 2000), (49, 2001, -50)),
    ("min_silence_duration_ms", "50 to 2000", (50, 51, 2000), (49, 2001, 0)),
]
LEGAL = [(name, value) for name, _, values, _ in NUMBERS for value in values]
ILLEGAL = [(name, words, value) for name, words, _, values in NUMBERS for value in values]
NO_NUMBERS = ["", " ", "x", "nan", "NaN", "inf", "-inf", "1e999", "1_0", "0x10", "½", "9" * 5000]


def read(query: Mapping[str, Sequence[str]]) -> SessionQuery:
    return read_query(
        ServerRequest(query=MODEL | dict(query), headers={}), audio_formats=tuple(AUDIO_FORMATS)
    )


def settings_of(**query: object) -> ElevenLabsSettings:
    return read({name: [str(value)] for name, value in query.items()}).settings


def refusal(query: Mapping[str, Sequence[str]]) -> str:
    with pytest.raises(ValueError, match=": ") as caught:
        read(query)
    return str(caught.value)


class TestDefaults:
    @pytest.mark.parametrize(("name", "value"), list(DEFAULTS.items()))
    def test_missing_parameters_have_the_services_defaults(self, name: str, value: object) -> None:
        assert getattr(settings_of(), name) == value

    def test_the_audio_is_16_khz_by_default(self) -> None:
        assert read({}).audio_format == "pcm_16000"

    @pytest.mark.parametrize("name", ["language_code", "audio_format", "commit_strategy"])
    def test_an_empty_parameter_counts_as_missing(self, name: str) -> None:
        assert read({name: [""]}) == read({})

    def test_unknown_parameters_are_ignored(self) -> None:
        assert read({"max_tokens_to_recompute": ["7"], "x": ["y"]}) == read({})


class TestNumbers:
    @pytest.mark.parametrize(("name", "value"), LEGAL)
    def test_both_ends_accept_the_limits_of_a_range(self, name: str, value: float) -> None:
        ours = ElevenLabsSettings(**{name: value})
        assert getattr(settings_of(**{name: value}), name) == getattr(ours, name) == value

    @pytest.mark.parametrize(("name", "words", "value"), ILLEGAL)
    def test_out_of_range_both_ends_name_the_parameter_and_its_range(
        self, name: str, words: str, value: float
    ) -> None:
        said = refusal({name: [str(value)]})
        with pytest.raises(ConfigError) as caught:
            ElevenLabsSettings(**{name: value})
        assert said.startswith(f"{name}: ")
        assert said.endswith(f"{words}, got '{value}'")
        assert caught.value.message.startswith(f"{name}: must be ")
        assert caught.value.message.endswith(f", got {value!r}")
        assert words in caught.value.message

    @pytest.mark.parametrize("value", NO_NUMBERS)
    @pytest.mark.parametrize(("name", "words"), [(name, words) for name, words, _, _ in NUMBERS])
    def test_a_value_that_is_not_a_number_is_refused_with_the_range(
        self, name: str, words: str, value: str
    ) -> None:
        said = refusal({name: [value]})
        assert said.startswith(f"{name}: must be a ")
        assert said.endswith(f"{words}, got {shown(value)}")

    @pytest.mark.parametrize("name", ["min_speech_duration_ms", "min_silence_duration_ms"])
    def test_milliseconds_are_whole_numbers(self, name: str) -> None:
        assert refusal({name: ["100.0"]}).startswith(f"{name}: must be a whole number")


class TestWords:
    @pytest.mark.parametrize("name", FLAGS)
    @pytest.mark.parametrize(
        ("value", "meant"), [("true", True), ("false", False), ("True", True), ("FALSE", False)]
    )
    def test_a_flag_is_true_or_false(self, name: str, value: str, meant: bool) -> None:  # noqa: FBT001 - a test parameter
        assert getattr(settings_of(**{name: value}), name) is meant

    @pytest.mark.parametrize("name", FLAGS)
    @pytest.mark.parametrize("value", ["", "1", "0", "yes", "null", "truefalse"])
    def test_another_value_of_a_flag_is_refused(self, name: str, value: str) -> None:
        assert refusal({name: [value]}) == f"{name}: must be true or false, got {value!r}"

    @pytest.mark.parametrize(
        ("name", "value", "allowed"),
        [
            ("commit_strategy", "turn_prediction", "manual or vad"),
            ("entity_redaction_mode", "hidden", "redacted or entity_type or"),
            ("audio_format", "pcm_44000", "pcm_8000 or pcm_16000 or"),
            ("audio_format", "opus_48000", "or ulaw_8000"),
            ("language_code", "dutch!", "ISO 639"),
            ("language_code", "n", "ISO 639"),
        ],
    )
    def test_an_invalid_word_is_refused_with_the_allowed_words(
        self, name: str, value: str, allowed: str
    ) -> None:
        said = refusal({name: [value]})
        assert said.startswith(f"{name}: ")
        assert allowed in said

    @pytest.mark.parametrize("language", ["nl", "nld", "nl-NL"])
    def test_a_language_is_accepted_in_each_form(self, language: str) -> None:
        assert settings_of(language_code=language).language == language

    @pytest.mark.parametrize("name", list(AUDIO_FORMATS))
    def test_each_audio_format_is_known(self, name: str) -> None:
        assert read({"audio_format": [name]}).audio_format == name

    @pytest.mark.parametrize("query", [{"model_id": []}, {"model_id": [""]}])
    def test_a_model_is_required(self, query: dict[str, list[str]]) -> None:
        with pytest.raises(ValueError, match=r"^model_id is required$"):
            read(query)


class TestLists:
    def test_each_keyterm_is_a_parameter_of_its_own_and_keeps_its_commas(self) -> None:
        assert read({"keyterms": ["a, b", "c"]}).settings.keyterms == ("a, b", "c")

    @pytest.mark.parametrize(
        "keyterms", [("x",) * 50, ("x" * 20,), ("é" * 20,), tuple(f"term {n}" for n in range(50))]
    )
    def test_at_most_fifty_keyterms_of_twenty_characters_are_allowed(
        self, keyterms: tuple[str, ...]
    ) -> None:
        assert read({"keyterms": keyterms}).settings.keyterms == keyterms
        assert ElevenLabsSettings(keyterms=keyterms).keyterms == keyterms

    @pytest.mark.parametrize(
        ("name", "values", "said"),
        [
            ("keyterms", ("x",) * 51, "must have at most 50 entries, got 51"),
            ("keyterms", ("ok", "x" * 21), f"must be 1 to 20 characters, got {'x' * 21!r}"),
            ("keyterms", ("",), "must be 1 to 20 characters, got ''"),
            ("secondary_languages", ("dutch",), "must be 2 to 3 characters, got 'dutch'"),
            ("entity_detection", ("",), "must be at least 1, got ''"),
            ("entity_redaction", ("",), "must be at least 1, got ''"),
        ],
    )
    def test_both_ends_refuse_too_many_and_too_long_entries(
        self, name: str, values: tuple[str, ...], said: str
    ) -> None:
        with pytest.raises(ConfigError) as caught:
            ElevenLabsSettings(**{name: values})
        assert refusal({name: values}).startswith(f"{name}: {said}")
        assert caught.value.message.startswith(f"{name}: {said}")


class TestExclusions:
    @pytest.mark.parametrize(
        ("query", "named", "other"),
        [
            (
                {"filter_background_audio": "true", "include_timestamps": "true"},
                "filter_background_audio",
                "include_timestamps",
            ),
            (
                {"transcript_edit": "shorter", "entity_detection": "all"},
                "transcript_edit",
                "entity_detection",
            ),
            (
                {"transcript_edit": "shorter", "entity_redaction": "pii"},
                "transcript_edit",
                "entity_redaction",
            ),
        ],
    )
    def test_parameters_that_exclude_each_other_are_refused_by_name(
        self, query: dict[str, str], named: str, other: str
    ) -> None:
        said = refusal({name: [value] for name, value in query.items()})
        assert said.startswith(f"{named}: must not be ")
        assert other in said

    def test_an_edit_has_a_maximum_length(self) -> None:
        assert settings_of(transcript_edit="x" * 2000).transcript_edit == "x" * 2000
        assert refusal({"transcript_edit": ["x" * 2001]}).startswith("transcript_edit: ")


class TestBothEnds:
    EVERYTHING = ElevenLabsSettings(
        model="scribe_v3_live",
        language="nl",
        keyterms=("Reson8", "a b&c", "één + één"),
        no_verbatim=True,
        enable_logging=False,
        include_timestamps=True,
        include_language_detection=True,
        secondary_languages=("en", "deu"),
        commit_strategy="vad",
        vad_silence_threshold_secs=0.7,
        vad_threshold=0.25,
        min_speech_duration_ms=250,
        min_silence_duration_ms=300,
        diarize=True,
        entity_detection=("pii", "email_address"),
        entity_redaction=("all",),
        entity_redaction_mode="redacted",
    )

    @pytest.mark.parametrize(
        "settings",
        [
            EVERYTHING,
            ElevenLabsSettings(language="de", transcript_edit="make it rhyme"),
            ElevenLabsSettings(
                language="de", include_timestamps=False, filter_background_audio=True
            ),
        ],
    )
    def test_a_written_query_is_read_unchanged(self, settings: ElevenLabsSettings) -> None:
        encoded = urlencode(write_query(settings))
        understood = read(parse_qs(encoded)).settings
        for name in DEFAULTS:
            assert getattr(understood, name) == getattr(settings, name)

    @pytest.mark.parametrize("space", ["%20", "+"])
    def test_both_encodings_of_a_space_are_read(self, space: str) -> None:
        query = parse_qs(f"keyterms=a{space}b%26c%2Bd")
        assert read(query).settings.keyterms == ("a b&c+d",)

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ("nb", "no"),
            ("nn", "no"),
            ("nb-NO", "no"),
            ("tl", "fil"),
            ("cmn", "zh"),
            ("EN-us", "en"),
        ],
    )
    def test_a_language_is_sent_with_the_services_code(self, ours: str, theirs: str) -> None:
        assert dict(write_query(ElevenLabsSettings(language=ours)))["language_code"] == theirs

    @pytest.mark.parametrize("asked", [True, False])
    def test_without_a_language_its_detection_is_requested(self, asked: bool) -> None:  # noqa: FBT001 - a test parameter
        settings = ElevenLabsSettings(include_language_detection=asked)
        assert dict(write_query(settings))["include_language_detection"] == "true"
