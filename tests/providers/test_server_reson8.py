"""The local server as Reson8: who may come in, and exactly the fields that the flags ask for."""

import json
from collections.abc import Mapping, Sequence
from itertools import product

import pytest

from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.events import Final, Partial, Word
from wyoming_bridge.providers.contract import Close, Feed, Flush, HandshakeRequest, Refusal
from wyoming_bridge.providers.reson8.server import Reson8Server

TOKENS = frozenset({"right", "also-right"})
FLUSH = '{"type":"flush_request","id":"abc123"}'
FINAL = Final(
    text="turn on",
    start_ms=1200,
    end_ms=3600,
    words=(
        Word(text="turn", start_ms=1200, end_ms=1400, confidence=0.99),
        Word(text="on", start_ms=1410, end_ms=1860, confidence=0.98),
    ),
)


def answer(
    query: Mapping[str, Sequence[str]] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    tokens: frozenset[str] = frozenset(),
) -> Reson8Server | Refusal:
    request = HandshakeRequest(query=query or {}, headers=headers or {})
    return Reson8Server.accept(request, tokens=tokens)


def accepted(**flags: str) -> Reson8Server:
    server = answer({name: [value] for name, value in flags.items()})
    assert isinstance(server, Reson8Server)
    server.open()
    return server


def sent(server: Reson8Server) -> list[dict[str, object]]:
    return [json.loads(message) for message in server.messages_to_send()]


class TestAccess:
    def test_without_tokens_everybody_may_come_in(self) -> None:
        server = accepted()
        assert server.messages_to_send() == []
        assert server.close is None
        assert server.subprotocol is None

    @pytest.mark.parametrize(
        "authorization", ["ApiKey right", "Bearer right", "bearer also-right", "APIKEY  right "]
    )
    def test_the_right_token_is_taken_from_the_authorization(self, authorization: str) -> None:
        server = answer(headers={"authorization": authorization}, tokens=TOKENS)
        assert isinstance(server, Reson8Server)
        assert server.subprotocol is None

    @pytest.mark.parametrize("offered", ["bearer, right", "bearer,right", " bearer ,  right "])
    def test_the_right_token_is_taken_from_the_subprotocols_and_not_echoed(
        self, offered: str
    ) -> None:
        server = answer(headers={"sec-websocket-protocol": offered}, tokens=TOKENS)
        assert isinstance(server, Reson8Server)
        assert server.subprotocol == "bearer"

    def test_an_offered_token_is_answered_where_everybody_may_come_in(self) -> None:
        server = answer(headers={"sec-websocket-protocol": "bearer, whatever"})
        assert isinstance(server, Reson8Server)
        assert server.subprotocol == "bearer"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": "ApiKey wrong"},
            {"authorization": "ApiKey"},
            {"authorization": "Basic right"},
            {"authorization": "right"},
            {"sec-websocket-protocol": "bearer, wrong"},
            {"sec-websocket-protocol": "bearer"},
            {"sec-websocket-protocol": "right"},
            {"sec-websocket-protocol": "right, bearer"},
            {"xi-api-key": "right"},
        ],
    )
    def test_without_the_right_token_the_upgrade_is_refused(self, headers: dict[str, str]) -> None:
        assert answer(headers=headers, tokens=TOKENS) == Refusal(
            status=401,
            headers={"X-Error-Message": "Invalid or expired credentials"},
            body='{"code":"UNAUTHORIZED"}',
        )

    def test_a_token_in_the_query_is_none(self) -> None:
        assert isinstance(answer({"token": ["right"]}, tokens=TOKENS), Refusal)


class TestParameters:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"encoding": ["mp3"]}, "encoding: allowed is auto or pcm_s16le"),
            ({"sample_rate": ["fast"]}, "sample_rate: allowed is a whole number"),
            ({"sample_rate": ["16000.0"]}, "sample_rate: allowed is a whole number"),
            ({"sample_rate": ["-1"]}, "sample_rate: allowed is a whole number"),
            ({"sample_rate": [""]}, "sample_rate: allowed is a whole number"),
            ({"sample_rate": ["٣"]}, "sample_rate: allowed is a whole number"),
            ({"sample_rate": ["1"]}, "a sample rate of 1 Hz is not possible"),
            ({"channels": ["0"]}, "0 channels are not possible"),
            ({"channels": ["9"]}, "9 channels are not possible"),
            ({"include_words": ["yes"]}, "include_words: allowed is true or false"),
            ({"include_interim": ["1"]}, "include_interim: allowed is true or false"),
        ],
    )
    def test_a_bad_parameter_is_refused_by_its_name(
        self, query: dict[str, list[str]], said: str
    ) -> None:
        refusal = answer(query)
        assert isinstance(refusal, Refusal)
        assert refusal.status == 400
        assert refusal.headers["X-Error-Message"].startswith(said)
        assert json.loads(refusal.body) == {"code": "INVALID_REQUEST"}

    def test_a_number_too_long_to_be_read_is_refused(self) -> None:
        refusal = answer({"channels": ["9" * 5000]})
        assert isinstance(refusal, Refusal)
        assert refusal.status == 400

    @pytest.mark.parametrize(
        ("query", "rate", "channels"),
        [
            ({}, 16000, 1),
            ({"sample_rate": "8000"}, 8000, 1),
            ({"sample_rate": "48000", "channels": "2"}, 48000, 2),
        ],
    )
    def test_the_audio_is_of_the_rate_and_channels_asked_for(
        self, query: dict[str, str], rate: int, channels: int
    ) -> None:
        assert accepted(**query).audio_format == AudioFormat(
            encoding=Encoding.PCM_S16LE, sample_rate_hz=rate, channels=channels
        )

    @pytest.mark.parametrize(
        ("encoding", "wav"),
        [({}, True), ({"encoding": "auto"}, True), ({"encoding": "pcm_s16le"}, False)],
    )
    def test_a_wav_stream_is_looked_for_only_where_the_encoding_is_open(
        self, encoding: dict[str, str], *, wav: bool
    ) -> None:
        assert accepted(**encoding).accepts_wav is wav

    def test_unknown_parameters_are_passed_over(self) -> None:
        assert accepted(language="nl", custom_model_id="m", diarize="maybe").close is None


class TestResults:
    @pytest.mark.parametrize("flags", list(product(["false", "true"], repeat=4)))
    def test_a_final_has_exactly_the_fields_that_the_flags_ask_for(
        self, flags: tuple[str, ...]
    ) -> None:
        timestamps, words, confidence, interim = (flag == "true" for flag in flags)
        server = accepted(
            include_timestamps=flags[0],
            include_words=flags[1],
            include_confidence=flags[2],
            include_interim=flags[3],
        )
        server.report(FINAL)
        [message] = sent(server)
        wanted = {
            "type": True,
            "text": True,
            "is_final": interim,
            "start_ms": timestamps,
            "duration_ms": timestamps,
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

    def test_what_the_engine_does_not_know_is_left_out(self) -> None:
        server = accepted(
            include_timestamps="true", include_words="true", include_confidence="true"
        )
        server.report(Final(text="on", words=(Word(text="on"),)))
        assert sent(server) == [{"type": "transcript", "text": "on", "words": [{"text": "on"}]}]


class TestFlow:
    def test_audio_and_flushes_reach_the_engine_in_order(self) -> None:
        server = accepted()
        server.receive_message(b"one")
        server.receive_message(FLUSH)
        server.receive_message(b"two")
        assert server.commands_received() == [Feed(audio=b"one"), Flush(), Feed(audio=b"two")]
        assert server.commands_received() == []

    def test_each_flush_is_confirmed_by_its_own_name_behind_its_final(self) -> None:
        server = accepted()
        server.receive_message(FLUSH)
        server.receive_message('{"type":"flush_request"}')
        server.report(Final(text="one"))
        server.report(Final(text="two"))
        assert server.messages_to_send() == [
            '{"type":"transcript","text":"one"}',
            '{"type":"flush_confirmation","id":"abc123"}',
            '{"type":"transcript","text":"two"}',
            '{"type":"flush_confirmation","id":null}',
        ]

    def test_a_flush_of_silence_is_confirmed_without_a_transcript(self) -> None:
        server = accepted()
        server.receive_message(FLUSH)
        server.report(Final(text=""))
        assert server.messages_to_send() == ['{"type":"flush_confirmation","id":"abc123"}']

    @pytest.mark.parametrize("message", ["", "hello", "[]", "{}", '{"type":"stop"}'])
    def test_what_is_no_flush_is_answered_with_an_error_and_the_session_goes_on(
        self, message: str
    ) -> None:
        server = accepted()
        server.receive_message(message)
        [error] = sent(server)
        assert (error["type"], error["code"]) == ("error", "INVALID_REQUEST")
        assert server.close is None
        server.receive_message(b"audio")
        assert server.commands_received() == [Feed(audio=b"audio")]

    def test_an_engine_that_fails_ends_the_session(self) -> None:
        server = accepted()
        server.fail("the engine broke")
        assert sent(server) == [
            {"type": "error", "code": "INTERNAL_ERROR", "message": "the engine broke"}
        ]
        assert server.close == Close(code=1011, reason="INTERNAL_ERROR")

    def test_after_the_end_nothing_is_taken(self) -> None:
        server = accepted()
        server.fail("the engine broke")
        server.messages_to_send()
        server.receive_message(b"audio")
        server.receive_message(FLUSH)
        server.receive_message("rubbish")
        assert server.commands_received() == []
        assert server.messages_to_send() == []
