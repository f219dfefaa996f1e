"""The emulated ElevenLabs: access, parameters, the answers to a commit, and invalid messages."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from emulators import service
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.events import FinalText, PartialText, Word
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.elevenlabs.messages import InputAudioChunk
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import Close, Feed, Flush, ServerProtocol

FIXTURES = Path(__file__).parents[1] / "fixtures" / "elevenlabs"
TOKENS = frozenset({"right", "also right"})
MODEL = {"model_id": ["scribe_v2_realtime"]}
SECOND = bytes(range(250)) * 128
AUTH_ERROR = {
    "message_type": "auth_error",
    "error": "You must be authenticated to use this endpoint.",
}


def examples(name: str) -> list[dict[str, str]]:
    """Return the examples of a source, without the line with its name."""
    lines = (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    return [json.loads(line) for line in lines]


def accepted(
    query: Mapping[str, Sequence[str]],
    *,
    headers: Mapping[str, str] | None = None,
    tokens: frozenset[str] = frozenset(),
) -> ServerProtocol:
    """Return a server with an open session."""
    request = ServerRequest(query=query, headers=headers or {})
    server = service("elevenlabs", tokens=tokens)(request, 0)
    assert not isinstance(server, HttpAnswer)
    server.open(now=0)
    return server


def ready(**query: str) -> ServerProtocol:
    server = accepted(MODEL | {name: [value] for name, value in query.items()})
    server.messages_to_send()
    return server


def sent(server: ServerProtocol) -> list[dict[str, object]]:
    return [json.loads(message) for message in server.messages_to_send()]


def chunk(audio: bytes = b"", *, commit: bool = False, sample_rate: int | None = None) -> str:
    encoded = base64.b64encode(audio).decode()
    return InputAudioChunk(audio_base_64=encoded, commit=commit, sample_rate=sample_rate).to_json()


class TestAccess:
    def test_without_tokens_every_client_is_accepted(self) -> None:
        server = accepted(MODEL)
        assert [message["message_type"] for message in sent(server)] == ["session_started"]
        assert server.close is None
        assert server.subprotocol is None
        assert not server.containers

    @pytest.mark.parametrize(
        ("query", "headers"),
        [
            ({}, {"xi-api-key": "right"}),
            ({}, {"xi-api-key": "also right"}),
        ],
    )
    def test_the_right_token_is_accepted_in_each_place(
        self, query: dict[str, list[str]], headers: dict[str, str]
    ) -> None:
        server = accepted(MODEL | query, headers=headers, tokens=TOKENS)
        [started] = server.messages_to_send()
        assert json.loads(started)["message_type"] == "session_started"
        assert "right" not in started
        assert server.close is None

    @pytest.mark.parametrize(
        ("query", "headers"),
        [
            ({}, {}),
            ({"token": ["wrong"]}, {}),
            ({"token": ["right"]}, {}),  # a key is not a single-use token
            ({"token": ["wrong"]}, {"xi-api-key": "right"}),
            ({}, {"xi-api-key": "wrong"}),
            ({}, {"authorization": "Bearer right"}),
            ({"model_id": []}, {}),
        ],
    )
    def test_without_the_right_token_the_open_websocket_gets_an_error(
        self, query: dict[str, list[str]], headers: dict[str, str]
    ) -> None:
        server = accepted(MODEL | query, headers=headers, tokens=TOKENS)
        assert sent(server) == [AUTH_ERROR]
        assert server.close == Close(code=1000, reason="auth_error")

    def test_a_refused_session_gets_only_the_error(self) -> None:
        server = accepted(MODEL, tokens=TOKENS)
        server.messages_to_send()
        server.receive_message(chunk(SECOND, commit=True), now=0)
        server.receive_message("rubbish", now=0)
        server.report(FinalText(text="hi"))
        assert server.messages_to_send() == []
        assert server.commands_received() == []

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"model_id": []}, "model_id is required"),
            ({"model_id": [""]}, "model_id is required"),
            (
                {"audio_format": ["mp3"]},
                (
                    "audio_format: must be pcm_8000 or pcm_16000 or pcm_22050 or pcm_24000 or "
                    "pcm_44100 or pcm_48000 or ulaw_8000, got 'mp3'"
                ),
            ),
            (
                {"commit_strategy": ["turn"]},
                "commit_strategy: must be manual or vad, got 'turn'",
            ),
            ({"include_timestamps": ["1"]}, "include_timestamps: must be true or false, got '1'"),
            (
                {"include_language_detection": ["yes"]},
                "include_language_detection: must be true or false, got 'yes'",
            ),
        ],
    )
    def test_a_bad_parameter_is_an_invalid_request_on_the_open_socket(
        self, query: dict[str, list[str]], said: str
    ) -> None:
        server = accepted(MODEL | query)
        assert sent(server) == [{"message_type": "invalid_request", "error": said}]
        assert server.close == Close(code=1008, reason="invalid_request")

    @pytest.mark.parametrize("example", examples("request_lines"), ids=lambda e: e["client"])
    def test_the_request_of_each_known_client_is_accepted(self, example: dict[str, str]) -> None:
        server = accepted(parse_qs(urlsplit(example["request_line"]).query))
        assert [message["message_type"] for message in sent(server)] == ["session_started"]


class TestGreeting:
    def test_the_greeting_repeats_the_parameters(self) -> None:
        query = {
            "audio_format": ["pcm_8000"],
            "language_code": ["nl"],
            "include_timestamps": ["true"],
            "keyterms": ["Reson8", "a b&c"],
        }
        [started] = sent(accepted(MODEL | query))
        config = started["config"]
        assert isinstance(config, dict)
        wanted = {
            "model_id": "scribe_v2_realtime",
            "audio_format": "pcm_8000",
            "sample_rate": 8000,
            "language_code": "nl",
            "include_timestamps": True,
            "include_language_detection": False,
            "keyterms": ["Reson8", "a b&c"],
            "commit_strategy": "manual",
        }
        assert config | wanted == config

    def test_each_session_has_its_own_id(self) -> None:
        [one], [other] = sent(accepted(MODEL)), sent(accepted(MODEL))
        assert isinstance(one["session_id"], str)
        assert one["session_id"] != other["session_id"]

    @pytest.mark.parametrize(
        ("name", "encoding", "rate"),
        [
            *((f"pcm_{r}", Encoding.PCM_S16LE, r) for r in (8000, 16000, 22050, 24000)),
            *((f"pcm_{r}", Encoding.PCM_S16LE, r) for r in (44100, 48000)),
            ("ulaw_8000", Encoding.MULAW, 8000),
        ],
    )
    def test_each_audio_format_of_the_service_is_served(
        self, name: str, encoding: Encoding, rate: int
    ) -> None:
        assert ready(audio_format=name).audio_format == AudioFormat(
            encoding=encoding, sample_rate_hz=rate, channels=1
        )


class TestChunks:
    def test_audio_and_commits_reach_the_engine_in_order(self) -> None:
        server = ready()
        server.receive_message(chunk(SECOND), now=0)
        server.receive_message(chunk(SECOND[::-1], commit=True), now=0)
        server.receive_message(chunk(SECOND), now=0)
        server.receive_message(chunk(commit=True), now=0)
        assert server.commands_received() == [
            Feed(audio=SECOND),
            Feed(audio=SECOND[::-1]),
            Flush(),
            Feed(audio=SECOND),
            Flush(),
        ]
        assert server.commands_received() == []
        assert server.messages_to_send() == []

    def test_a_chunk_without_audio_is_accepted(self) -> None:
        server = ready()
        server.receive_message(chunk(), now=0)
        assert server.commands_received() == []
        assert server.close is None

    @pytest.mark.parametrize("audio_format", ["pcm_16000", "pcm_8000", "pcm_48000", "ulaw_8000"])
    def test_a_commit_of_300_ms_is_enough_in_every_format(self, audio_format: str) -> None:
        server = ready(audio_format=audio_format)
        server.receive_message(chunk(bytes(server.audio_format.bytes_of(300)), commit=True), now=0)
        assert server.commands_received()[-1] == Flush()
        assert server.close is None

    @pytest.mark.parametrize(
        ("audio_ms", "said"), [(0, "0.00"), (1, "0.00"), (120, "0.12"), (290, "0.29")]
    )
    def test_a_smaller_commit_is_throttled_and_ends_the_session(
        self, audio_ms: int, said: str
    ) -> None:
        server = ready()
        server.receive_message(chunk(bytes(32 * audio_ms), commit=True), now=0)
        text = (
            f"Commit request ignored: only {said}s of uncommitted audio. "
            "You need at least 0.3s of uncommitted audio before committing."
        )
        assert sent(server) == [{"message_type": "commit_throttled", "error": text}]
        assert server.close == Close(code=1000, reason="commit_throttled")
        assert Flush() not in server.commands_received()

    def test_the_throttling_has_the_observed_text(self) -> None:
        server = ready()
        server.receive_message(chunk(commit=True), now=0)
        assert sent(server) == [examples("errors")[1]]

    def test_audio_is_committed_only_once(self) -> None:
        server = ready()
        server.receive_message(chunk(SECOND, commit=True), now=0)
        server.receive_message(chunk(commit=True), now=0)
        server.report(FinalText(text=""))
        assert server.close == Close(code=1000, reason="commit_throttled")

    @pytest.mark.parametrize("sample_rate", [None, 16000])
    def test_the_sample_rate_may_be_repeated(self, sample_rate: int | None) -> None:
        server = ready()
        server.receive_message(chunk(SECOND, sample_rate=sample_rate), now=0)
        assert server.commands_received() == [Feed(audio=SECOND)]

    @pytest.mark.parametrize(
        ("message", "said"),
        [
            (b"\x00\x01", "Message must be a valid protocol message"),
            ("hello", "a message is not JSON"),
            ('{"message_type":"commit"}', "message_type: must be input_audio_chunk, got 'commit'"),
            (
                chunk(sample_rate=8000),
                "sample_rate must be 16000, the rate of the session, got 8000",
            ),
            (
                '{"message_type":"input_audio_chunk","audio_base_64":"%%%"}',
                "audio_base_64 must be base64",
            ),
            (
                '{"message_type":"input_audio_chunk","audio_base_64":"één"}',
                "audio_base_64 must be base64",
            ),
            (
                '{"message_type":"input_audio_chunk","audio_base_64":"AAA"}',
                "audio_base_64 must be base64",
            ),
        ],
    )
    def test_an_invalid_message_is_an_input_error_and_ends_the_session(
        self, message: str | bytes, said: str
    ) -> None:
        server = ready()
        server.receive_message(message, now=0)
        assert sent(server) == [{"message_type": "input_error", "error": said}]
        assert server.close == Close(code=1008, reason="input_error")
        assert server.commands_received() == []

    def test_after_the_end_messages_are_ignored(self) -> None:
        server = ready()
        server.receive_message("hello", now=0)
        server.messages_to_send()
        server.receive_message(chunk(SECOND, commit=True), now=0)
        server.receive_message("hello", now=0)
        assert server.commands_received() == []
        assert server.messages_to_send() == []


class TestResults:
    FINAL = FinalText(
        text="turn on",
        words=(
            Word(text="turn", start_ms=500, end_ms=750, confidence=0.5),
            Word(text="on", start_ms=800, end_ms=1000, confidence=0.0),
        ),
    )

    def test_a_partial_has_only_text(self) -> None:
        server = ready()
        server.report(PartialText(text="turn", stability=0.5, start_ms=3))
        assert sent(server) == [{"message_type": "partial_transcript", "text": "turn"}]

    def test_without_flags_a_final_text_is_one_message(self) -> None:
        server = ready()
        server.report(self.FINAL)
        assert sent(server) == [{"message_type": "committed_transcript", "text": "turn on"}]

    def test_with_language_detection_a_second_answer_has_only_the_language(self) -> None:
        server = ready(include_language_detection="true")
        server.report(self.FINAL)
        assert sent(server)[1:] == [
            {
                "message_type": "committed_transcript_with_timestamps",
                "text": "turn on",
                "language_code": "en",
                "words": None,
            }
        ]

    def test_with_timestamps_the_joined_words_are_the_text(self) -> None:
        server = ready(include_timestamps="true")
        server.report(self.FINAL)
        [timed] = sent(server)[1:]
        assert timed["language_code"] is None
        words = timed["words"]
        assert isinstance(words, list)
        assert "".join(word["text"] for word in words) == "turn on"
        assert [word["type"] for word in words] == ["word", "spacing", "word"]
        assert [(word["start"], word["end"]) for word in words] == [
            (0.5, 0.75),
            (0.75, 0.8),
            (0.8, 1.0),
        ]
        assert [math.exp(word["logprob"]) for word in words] == pytest.approx(
            [0.5, 1.0, 0.0], abs=1e-6
        )

    def test_an_empty_final_text_answers_a_commit(self) -> None:
        server = ready(include_timestamps="true")
        server.report(FinalText(text=""))
        assert [message["text"] for message in sent(server)] == ["", ""]

    def test_the_failure_of_the_engine_ends_the_session(self) -> None:
        server = ready()
        server.fail("the engine broke")
        assert sent(server) == [{"message_type": "transcriber_error", "error": "the engine broke"}]
        assert server.close == Close(code=1008, reason="transcriber_error")

    def test_all_json_is_compact(self) -> None:
        server = accepted(MODEL | {"include_timestamps": ["true"]})
        server.report(PartialText(text="a b"))
        server.report(self.FINAL)
        messages = server.messages_to_send()
        assert len(messages) == 4
        for message in messages:
            assert message == json.dumps(json.loads(message), separators=(",", ":"))
