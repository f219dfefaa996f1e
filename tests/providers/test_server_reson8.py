"""The local server as Reson8: exactly the fields that are asked for, and which final is whose."""

import json
import wave
from itertools import product
from pathlib import Path

import pytest

from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.events import Final, Partial, Word
from wyoming_bridge.media.container import Container
from wyoming_bridge.providers.account import Account
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.reson8.query import SessionQuery, read_query, write_query
from wyoming_bridge.providers.reson8.server import Reson8Server
from wyoming_bridge.providers.reson8.settings import Reson8Settings
from wyoming_bridge.providers.serving import Close, Cut, Feed, Flush, ServerRequest

SAMPLES = Path(__file__).parents[2] / "samples"
SECOND = bytes(32000)
FLUSH = '{"type":"flush_request","id":"abc123"}'
CONFIRMATION = '{"type":"flush_confirmation","id":"abc123"}'
FINAL = Final(
    text="turn on",
    start_ms=1200,
    end_ms=3600,
    words=(
        Word(text="turn", start_ms=1200, end_ms=1400, confidence=0.99),
        Word(text="on", start_ms=1410, end_ms=1860, confidence=0.98),
    ),
)
UNCUT = Reson8Behaviour(segment_silence_s=0, max_segment_s=0)


def asked(**query: str) -> SessionQuery:
    return read_query(ServerRequest(query={name: [v] for name, v in query.items()}, headers={}))


def accepted(
    behaviour: Reson8Behaviour = UNCUT, *, account: Account | None = None, **query: str
) -> Reson8Server:
    """A server that is open."""
    server = Reson8Server(
        asked(**query),
        subprotocol=None,
        language="en",
        bias_terms=(),
        behaviour=behaviour,
        account=account or Account(),
    )
    server.open(now=0.0)
    return server


def sent(server: Reson8Server) -> list[dict[str, object]]:
    return [json.loads(message) for message in server.messages_to_send()]


def recorded(name: str) -> bytes:
    with wave.open(str(SAMPLES / f"{name}.wav")) as file:
        return file.readframes(file.getnframes())


def hear(server: Reson8Server, pcm: bytes) -> list[int]:
    """Have audio heard in pieces of 100 ms; when segments were cut, in milliseconds of it."""
    cuts = []
    for start in range(0, len(pcm), 3200):
        server.hear(pcm[start : start + 3200], now=0.0)
        cuts += [start // 32 + 100 for command in server.commands_received() if command == Cut()]
    return cuts


class TestParameters:
    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("encoding", "mp3", "allowed is auto or pcm_s16le or mulaw or alaw"),
            ("sample_rate", "fast", "allowed is a whole number from 4000 to 192000"),
            ("sample_rate", "16000.0", "allowed is a whole number from 4000 to 192000"),
            ("sample_rate", "-1", "allowed is a whole number from 4000 to 192000"),
            ("sample_rate", "", "allowed is a whole number from 4000 to 192000"),
            ("sample_rate", "٣", "allowed is a whole number from 4000 to 192000"),
            ("sample_rate", "3999", "allowed is a whole number from 4000 to 192000"),
            ("sample_rate", "192001", "allowed is a whole number from 4000 to 192000"),
            ("sample_rate", "0000000000192001", "allowed is a whole number from 4000 to 192000"),
            ("channels", "0", "allowed is a whole number from 1 to 8"),
            ("channels", "10", "allowed is a whole number from 1 to 8"),
            ("channels", "9" * 5000, "allowed is a whole number from 1 to 8"),
            ("max_speakers", "5", "allowed is a whole number from 1 to 4"),
            ("bias_strength", "-0.1", "allowed is a number from 0"),
            ("bias_strength", "inf", "allowed is a number from 0"),
            ("bias_strength", "nan", "allowed is a number from 0"),
            ("bias_strength", "much", "allowed is a number from 0"),
            ("filler_mode", "none", "allowed is clean or natural or verbatim"),
            ("language", "ru", "allowed are de, en, es, fr, fy, it, nl, pl, pt, sv"),
            ("language", "nl,ru", "allowed are de, en, es, fr, fy, it, nl, pl, pt, sv"),
            ("language", "nl-BE", "allowed are de, en, es, fr, fy, it, nl, pl, pt, sv"),
            ("patterns", "[A-Z]+,[a", "number 2 is no regular expression"),
            ("phrases", ",".join(["a"] * 251), "251; allowed are at most 250"),
            ("include_words", "yes", "allowed is true or false"),
            ("include_timestamps", "1", "allowed is true or false"),
            ("include_confidence", "", "allowed is true or false"),
            ("include_interim", "on", "allowed is true or false"),
            ("include_language", "no", "allowed is true or false"),
            ("diarize", "maybe", "allowed is true or false"),
        ],
    )
    def test_a_bad_value_is_refused_by_its_name(self, name: str, value: str, said: str) -> None:
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
    def test_the_audio_is_of_the_format_asked_for(
        self, query: dict[str, str], encoding: Encoding, rate: int, channels: int
    ) -> None:
        assert accepted(**query).audio_format == AudioFormat(
            encoding=encoding, sample_rate_hz=rate, channels=channels
        )

    @pytest.mark.parametrize("query", [{}, {"encoding": "auto"}])
    def test_containers_are_looked_for_where_the_encoding_is_open(
        self, query: dict[str, str]
    ) -> None:
        assert accepted(**query).containers == set(Container)

    @pytest.mark.parametrize("encoding", ["pcm_s16le", "mulaw", "alaw"])
    def test_no_container_is_looked_for_where_the_encoding_is_given(self, encoding: str) -> None:
        assert accepted(encoding=encoding).containers == set()

    def test_lists_have_commas_and_may_have_spaces(self) -> None:
        query = asked(language="nl, DE", phrases="extractor hood , fan,,")
        assert query.languages == ("nl", "de")
        assert query.phrases == ("extractor hood", "fan")

    def test_a_strength_of_nothing_biases_nothing(self) -> None:
        assert asked(phrases="fan", bias_strength="0").phrases == ()
        assert asked(phrases="fan", bias_strength="0.5").phrases == ("fan",)

    def test_unknown_parameters_are_passed_over(self) -> None:
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
    def test_what_our_client_writes_our_server_reads(self, settings: Reson8Settings) -> None:
        query = asked(**dict(write_query(settings)))
        assert query.languages == settings.languages
        assert query.phrases == settings.phrases
        assert query.custom_model_id == settings.custom_model_id
        assert query.diarize == settings.diarize
        assert query.max_speakers == (settings.max_speakers or 4)
        assert query.include_language


class TestResults:
    @pytest.mark.parametrize("flags", list(product(["false", "true"], repeat=6)))
    def test_a_final_has_exactly_the_fields_that_the_flags_ask_for(
        self, flags: tuple[str, ...]
    ) -> None:
        timestamps, words, confidence, interim, language, diarize = (f == "true" for f in flags)
        server = accepted(
            include_timestamps=flags[0],
            include_words=flags[1],
            include_confidence=flags[2],
            include_interim=flags[3],
            include_language=flags[4],
            diarize=flags[5],
        )
        server.report(FINAL)
        [message] = sent(server)
        wanted = {
            "type": True,
            "text": True,
            "is_final": interim,
            "start_ms": timestamps,
            "duration_ms": timestamps,
            "language": language,
            "speaker_id": diarize,
            "words": words,
        }
        assert list(message) == [name for name, there in wanted.items() if there]
        wanted = {
            "text": True,
            "start_ms": timestamps,
            "duration_ms": timestamps,
            "confidence": confidence,
        }
        entries = message.get("words", [])
        assert isinstance(entries, list)
        assert len(entries) == 2 * words
        for entry in entries:
            assert list(entry) == [name for name, there in wanted.items() if there]

    def test_times_are_a_start_and_a_duration(self) -> None:
        server = accepted(
            include_timestamps="true", include_words="true", include_confidence="TRUE"
        )
        server.report(FINAL)
        assert sent(server) == [
            {
                "type": "transcript",
                "text": "turn on",
                "start_ms": 1200,
                "duration_ms": 2400,
                "words": [
                    {"text": "turn", "start_ms": 1200, "duration_ms": 200, "confidence": 0.99},
                    {"text": "on", "start_ms": 1410, "duration_ms": 450, "confidence": 0.98},
                ],
            }
        ]

    def test_partials_are_sent_only_where_they_were_asked_for(self) -> None:
        plain, interim = accepted(), accepted(include_interim="true")
        plain.report(Partial(text="turn"))
        interim.report(Partial(text="turn"))
        assert sent(plain) == []
        assert sent(interim) == [{"type": "transcript", "text": "turn", "is_final": False}]

    def test_a_partial_lasts_from_its_segments_start_to_what_was_heard(self) -> None:
        server = accepted(include_interim="true", include_timestamps="true")
        hear(server, SECOND * 3)
        server.report(Partial(text="turn", start_ms=1200))
        [message] = sent(server)
        assert (message["start_ms"], message["duration_ms"]) == (1200, 1800)

    def test_an_empty_final_takes_back_a_partial(self) -> None:
        server = accepted(include_interim="true")
        server.report(Partial(text="turn"))
        server.report(Final(text=""))
        assert sent(server)[1:] == [{"type": "transcript", "text": "", "is_final": True}]

    def test_the_language_is_the_one_that_was_heard_or_the_engines(self) -> None:
        server = accepted(include_language="true")
        server.report(Final(text="a", language="nl"))
        server.report(Final(text="b"))
        assert [message["language"] for message in sent(server)] == ["nl", "en"]

    def test_speakers_are_numbered_as_they_are_heard_and_never_more_than_allowed(self) -> None:
        server = accepted(diarize="true", max_speakers="2")
        for speaker in (None, "Ann", "Ben", "Ann", "Cid"):
            server.report(Final(text="a", speaker=speaker))
        assert [message["speaker_id"] for message in sent(server)] == [0, 0, 1, 0, 1]


class TestFlow:
    def test_audio_and_flushes_reach_the_engine_in_order(self) -> None:
        server = accepted()
        server.receive_message(b"one", now=0.0)
        server.receive_message(FLUSH, now=0.0)
        server.receive_message(b"two", now=0.0)
        assert server.commands_received() == [Feed(audio=b"one"), Flush(), Feed(audio=b"two")]
        assert server.commands_received() == []

    def test_each_flush_is_confirmed_by_its_own_name_behind_its_final(self) -> None:
        server = accepted()
        for flush in (FLUSH, '{"type":"flush_request"}', '{"type":"flush_request","id":null}'):
            server.receive_message(flush, now=0.0)
        server.report(Final(text="one"))
        server.report(Final(text="two"))
        server.report(Final(text=""))
        assert server.messages_to_send() == [
            '{"type":"transcript","text":"one"}',
            CONFIRMATION,
            '{"type":"transcript","text":"two"}',
            '{"type":"flush_confirmation","id":null}',
            '{"type":"flush_confirmation","id":null}',
        ]

    def test_a_flush_of_silence_is_confirmed_without_a_transcript(self) -> None:
        server = accepted()
        server.receive_message(FLUSH, now=0.0)
        server.report(Final(text=""))
        assert server.messages_to_send() == [CONFIRMATION]

    @pytest.mark.parametrize(
        "message",
        ["", "hello", "[]", "{}", '{"type":"stop"}', '{"type":"flush_request","id":7}'],
    )
    def test_what_is_no_flush_is_answered_with_an_error_and_the_session_goes_on(
        self, message: str
    ) -> None:
        server = accepted()
        server.receive_message(message, now=0.0)
        [error] = sent(server)
        assert (error["type"], error["code"]) == ("error", "INVALID_REQUEST")
        assert server.close is None
        server.receive_message(b"audio", now=0.0)
        assert server.commands_received() == [Feed(audio=b"audio")]

    def test_more_flushes_than_can_wait_end_the_session(self) -> None:
        server = accepted()
        for _ in range(1000):
            server.receive_message(FLUSH, now=0.0)
        assert server.close is None
        server.receive_message(FLUSH, now=0.0)
        [error] = sent(server)
        assert error["code"] == "INVALID_REQUEST"
        assert error["message"] == (
            "1000 flush requests wait for their answers; allowed are no more"
        )
        assert server.close == Close(code=1008, reason="INVALID_REQUEST")

    @pytest.mark.parametrize(
        ("code", "sent_code"),
        [
            ("", "INTERNAL_ERROR"),
            ("resource_exhausted", "TOO_MANY_REQUESTS"),
            ("payment_required", "PAYMENT_REQUIRED"),
        ],
    )
    def test_an_engine_that_fails_ends_the_session(self, code: str, sent_code: str) -> None:
        server = accepted()
        server.fail("the engine broke", code=code)
        assert sent(server) == [{"type": "error", "code": sent_code, "message": "the engine broke"}]
        assert server.close == Close(code=1011, reason=sent_code)

    def test_after_the_end_nothing_is_taken_or_told(self) -> None:
        server = accepted()
        server.receive_message(FLUSH, now=0.0)
        server.commands_received()
        server.fail("the engine broke")
        server.messages_to_send()
        server.receive_message(b"audio", now=0.0)
        server.receive_message(FLUSH, now=0.0)
        server.receive_message("rubbish", now=0.0)
        server.report(FINAL)
        assert server.commands_received() == []
        assert server.messages_to_send() == []

    def test_the_account_knows_what_was_heard_and_who_left(self) -> None:
        account = Account()
        account.begin(now=0.0)
        server = accepted(account=account)
        hear(server, SECOND * 2)
        assert account.audio_s == pytest.approx(2)
        server.leave(now=1.0)
        assert account.sessions == 0


class TestSegments:
    SPEECH = recorded("something")  # 3 s, the last 0.9 of it silent
    PAUSES = Reson8Behaviour(segment_silence_s=1.5, max_segment_s=0)

    def test_a_pause_behind_speech_ends_a_segment_once(self) -> None:
        server = accepted(self.PAUSES)
        [cut] = hear(server, self.SPEECH + SECOND * 5)
        assert 3000 < cut < 4500
        server.report(Final(text="one"))
        assert server.messages_to_send() == ['{"type":"transcript","text":"one"}']

    def test_each_pause_ends_its_own(self) -> None:
        assert len(hear(accepted(self.PAUSES), (self.SPEECH + SECOND * 2) * 2)) == 2

    def test_a_pause_too_short_ends_nothing(self) -> None:
        assert hear(accepted(self.PAUSES), self.SPEECH) == []

    def test_silence_alone_ends_nothing(self) -> None:
        assert hear(accepted(self.PAUSES), SECOND * 20) == []

    def test_a_segment_that_is_long_enough_is_ended(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=2))
        assert hear(server, SECOND * 5) == [2000, 4000]

    def test_a_flush_begins_a_segment(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=2))
        hear(server, SECOND)
        server.receive_message(FLUSH, now=0.0)
        server.report(Final(text="one"))
        assert hear(server, SECOND * 3) == [2000]

    def test_a_flush_right_behind_speech_leaves_nothing_to_the_pause(self) -> None:
        server = accepted(self.PAUSES)
        hear(server, self.SPEECH)
        server.receive_message(FLUSH, now=0.0)
        server.report(Final(text="one"))
        assert hear(server, SECOND * 5) == []

    def test_a_cut_never_overtakes_a_flush(self) -> None:
        """The engine may hear audio that came before a flush after the flush is known."""
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=1))
        server.receive_message(FLUSH, now=0.0)
        server.commands_received()
        assert hear(server, SECOND * 2) == []
        server.report(Final(text="one"))
        assert server.messages_to_send()[-1] == CONFIRMATION
        assert hear(server, SECOND[:3200]) == [100]

    def test_the_final_of_a_cut_confirms_no_flush(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=1))
        hear(server, SECOND)
        server.receive_message(FLUSH, now=0.0)
        server.report(Final(text="one"))
        server.report(Final(text=""))
        assert server.messages_to_send() == ['{"type":"transcript","text":"one"}', CONFIRMATION]
