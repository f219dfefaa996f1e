"""The emulated Reson8: the parameters of a session."""

import pytest

from reson8_servers import accepted, asked
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.media.container import Container
from wyoming_bridge.providers.reson8.settings import Reson8Settings
from wyoming_bridge.providers.reson8.written_query import write_query


class TestParameters:
    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("encoding", "mp3", "must be auto or pcm_s16le or mulaw or alaw"),
            ("sample_rate", "fast", "must be a whole number from 4000 to 192000"),
            ("sample_rate", "16000.0", "must be a whole number from 4000 to 192000"),
            ("sample_rate", "-1", "must be a whole number from 4000 to 192000"),
            ("sample_rate", "", "must be a whole number from 4000 to 192000"),
            ("sample_rate", "٣", "must be a whole number from 4000 to 192000"),
            ("sample_rate", "3999", "must be a whole number from 4000 to 192000"),
            ("sample_rate", "192001", "must be a whole number from 4000 to 192000"),
            ("sample_rate", "0000000000192001", "must be a whole number from 4000 to 192000"),
            ("channels", "0", "must be a whole number from 1 to 8"),
            ("channels", "10", "must be a whole number from 1 to 8"),
            ("channels", "9" * 5000, "must be a whole number from 1 to 8"),
            ("max_speakers", "5", "must be a whole number from 1 to 4"),
            ("bias_strength", "-0.1", "must be a number of at least 0"),
            ("bias_strength", "inf", "must be a number of at least 0"),
            ("bias_strength", "nan", "must be a number of at least 0"),
            ("bias_strength", "much", "must be a number of at least 0"),
            ("filler_mode", "none", "must be clean or natural or verbatim"),
            (
                "language",
                "ru",
                "must be one or several of de, en, es, fr, fy, it, nl, pl, pt, sv, got",
            ),
            (
                "language",
                "nl,ru",
                "must be one or several of de, en, es, fr, fy, it, nl, pl, pt, sv, got",
            ),
            (
                "language",
                "nl-BE",
                "must be one or several of de, en, es, fr, fy, it, nl, pl, pt, sv, got",
            ),
            ("patterns", "[A-Z]+,[a", "entry 2 must be a regular expression"),
            ("patterns", ",".join(["a"] * 21), "must have at most 20 entries, got 21"),
            ("patterns", "a,b," + "c" * 65, "entry 3 must have at most 64 characters"),
            ("patterns", "(?i)[a-\u024f]", "entry 1 must not have flags such as (?i)"),
            ("patterns", "(?i:[a-z])", "entry 1 must not have flags such as (?i)"),
            ("patterns", "(?s-i:a)", "entry 1 must not have flags such as (?i)"),
            (
                "patterns",
                "[\\x00-\\U0010ffff]",
                "must not have character codes or names such as \\x41",
            ),
            ("patterns", "[\\0-\\777]", "must not have character codes or names such as \\x41"),
            ("patterns", "\\N{BULLET}", "must not have character codes or names such as \\x41"),
            ("patterns", "[a-\uffff]", "entry 1 must consist of printable Latin characters"),
            ("patterns", "a\x00", "entry 1 must consist of printable Latin characters"),
            ("patterns", "(" * 64, "entry 1 must be a regular expression"),
            ("phrases", ",".join(["a"] * 251), "must have at most 250 entries, got 251"),
            ("include_words", "yes", "must be true or false"),
            ("include_timestamps", "1", "must be true or false"),
            ("include_confidence", "", "must be true or false"),
            ("include_interim", "on", "must be true or false"),
            ("include_language", "no", "must be true or false"),
            ("diarize", "maybe", "must be true or false"),
        ],
    )
    def test_an_invalid_value_is_refused_with_its_name(
        self, name: str, value: str, said: str
    ) -> None:
        with pytest.raises(ValueError, match=f"^{name}: ") as caught:
            asked(**{name: value})
        assert said in str(caught.value)

    @pytest.mark.parametrize(
        ("query", "encoding", "rate", "channels"),
        [
            ({}, Encoding.PCM_S16LE, 16000, 1),
            ({"encoding": "auto"}, Encoding.PCM_S16LE, 16000, 1),
            ({"sample_rate": "8000"}, Encoding.PCM_S16LE, 8000, 1),
            ({"sample_rate": "48000", "channels": "2"}, Encoding.PCM_S16LE, 48000, 2),
            ({"encoding": "mulaw", "sample_rate": "8000"}, Encoding.MULAW, 8000, 1),
            ({"encoding": "alaw", "channels": "8"}, Encoding.ALAW, 16000, 8),
        ],
    )
    def test_the_audio_has_the_requested_format(
        self, query: dict[str, str], encoding: Encoding, rate: int, channels: int
    ) -> None:
        assert accepted(**query).audio_format == AudioFormat(
            encoding=encoding, sample_rate_hz=rate, channels=channels
        )

    @pytest.mark.parametrize("query", [{}, {"encoding": "auto"}])
    def test_without_an_encoding_containers_are_detected(self, query: dict[str, str]) -> None:
        assert accepted(**query).containers == set(Container)

    @pytest.mark.parametrize("encoding", ["pcm_s16le", "mulaw", "alaw"])
    def test_with_an_encoding_no_container_is_detected(self, encoding: str) -> None:
        assert accepted(encoding=encoding).containers == set()

    def test_lists_have_commas_and_may_have_spaces(self) -> None:
        query = asked(language="nl, DE", phrases="extractor hood , fan,,")
        assert query.languages == ("nl", "de")
        assert query.phrases == ("extractor hood", "fan")

    def test_with_a_strength_of_0_no_phrase_is_favoured(self) -> None:
        assert asked(phrases="fan", bias_strength="0").phrases == ()
        assert asked(phrases="fan", bias_strength="0.5").phrases == ("fan",)

    @pytest.mark.parametrize(
        "pattern",
        [
            "[A-Z]{3}",
            r"\d{4}\s?[A-Z]{2}",
            "(?:NL|BE)[0-9]+",
            "(?=A)A[^B]",
            r"\.\+",
            "[à-ż]+",
            "(a+)+$",
            r"\(?[0-9]+\)?",
        ],
    )
    def test_patterns_of_codes_are_accepted(self, pattern: str) -> None:
        assert asked(patterns=pattern) == asked()

    def test_unknown_parameters_are_ignored(self) -> None:
        assert asked(model="whatever", turn="1") == asked()

    @pytest.mark.parametrize(
        "settings",
        [
            Reson8Settings(),
            Reson8Settings(
                language="nl",
                secondary_languages=("en",),
                phrases=("a b", "c"),
                bias_strength=3,
                filler_mode="verbatim",
                patterns=("[A-Z]{3}",),
                diarize=True,
                max_speakers=2,
                custom_model_id="m",
            ),
        ],
        ids=["nothing", "everything"],
    )
    def test_the_server_reads_the_parameters_of_the_client(self, settings: Reson8Settings) -> None:
        query = asked(**dict(write_query(settings)))
        assert query.languages == settings.languages
        assert query.phrases == settings.phrases
        assert query.custom_model_id == settings.custom_model_id
        assert query.diarize == settings.diarize
        assert query.max_speakers == (settings.max_speakers or 4)
        assert query.include_language
