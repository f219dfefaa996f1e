"""The emulated ElevenLabs: limits, errors, and the close after an error."""

import base64
import json
from collections.abc import Callable

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.events import FinalText
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.elevenlabs.emulator import ElevenLabsEmulator
from wyoming_bridge.providers.elevenlabs.messages import ErrorKind, InputAudioChunk
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import Close, EndSegment, Feed, Flush, ServerProtocol

SECOND = bytes(32000)
KEY = "right"


class Service:
    """An emulated service with one account and a clock."""

    def __init__(self, *, tokens: frozenset[str] = frozenset(), **behaviour: object) -> None:
        self.now = 100.0
        self._emulator = ElevenLabsEmulator(
            tokens=tokens, language="en", behaviour=ElevenLabsBehaviour(**behaviour)
        )

    def upgrade(self, **query: str) -> ServerProtocol | HttpAnswer:
        asked = {"model_id": "scribe_v2_realtime"} | query
        request = ServerRequest(query={name: [v] for name, v in asked.items()}, headers={})
        return self._emulator.accept(request, self.now)

    def open(self, **query: str) -> ServerProtocol:
        server = self.upgrade(**query)
        assert not isinstance(server, HttpAnswer)
        server.open(now=self.now)
        return server

    def send(self, server: ServerProtocol, audio: bytes = b"", **fields: object) -> None:
        encoded = base64.b64encode(audio).decode()
        server.receive_message(
            InputAudioChunk(audio_base_64=encoded, **fields).to_json(), now=self.now
        )


def sent(server: ServerProtocol) -> list[dict[str, object]]:
    return [json.loads(message) for message in server.messages_to_send()]


def types(server: ServerProtocol) -> list[object]:
    return [message["message_type"] for message in sent(server)]


def by_failing(kind: str) -> ServerProtocol:
    server = Service().open()
    server.fail("told to fail", code=kind)
    return server


def by_key() -> ServerProtocol:
    return Service(tokens=frozenset({KEY})).open()


def by_quota() -> ServerProtocol:
    service = Service(quota_s=2)
    server = service.open()
    service.send(server, SECOND)
    service.send(server, SECOND)
    return server


def by_terms() -> ServerProtocol:
    return Service(terms_accepted=False).open()


def by_rate() -> ServerProtocol:
    service = Service(max_sessions_per_minute=2)
    service.open()
    service.open()
    return service.open()


def by_small_commit() -> ServerProtocol:
    service = Service()
    server = service.open()
    service.send(server, SECOND[:9598], commit=True)
    return server


def by_hurry() -> ServerProtocol:
    service = Service(max_ahead_s=1.5)
    server = service.open()
    service.send(server, SECOND)
    service.send(server, SECOND)
    return server


def by_length() -> ServerProtocol:
    service = Service(max_session_s=60)
    server = service.open()
    service.now += 60
    server.handle_timeout(now=service.now)
    return server


def by_rate_of_audio() -> ServerProtocol:
    service = Service()
    server = service.open()
    service.send(server, SECOND, sample_rate=8000)
    return server


def by_parameter() -> ServerProtocol:
    return Service().open(vad_threshold="2")


def by_size() -> ServerProtocol:
    service = Service(max_chunk_bytes=31999)
    server = service.open()
    service.send(server, SECOND)
    return server


def by_silence() -> ServerProtocol:
    service = Service(max_inactive_s=2)
    server = service.open()
    server.hear(SECOND, now=service.now)
    server.hear(SECOND, now=service.now)
    return server


PROVOKED: dict[ErrorKind, tuple[Callable[[], ServerProtocol], int, str]] = {
    # The cause, the close code, and a part of the text.
    ErrorKind.ERROR: (lambda: by_failing("error"), 1008, "told to fail"),
    ErrorKind.AUTH_ERROR: (by_key, 1000, "authenticated"),
    ErrorKind.QUOTA_EXCEEDED: (by_quota, 1008, "quota"),
    ErrorKind.COMMIT_THROTTLED: (by_small_commit, 1000, "at least 0.3s"),
    ErrorKind.UNACCEPTED_TERMS: (by_terms, 1008, "terms"),
    ErrorKind.RATE_LIMITED: (by_rate, 1008, "2 sessions per minute"),
    ErrorKind.QUEUE_OVERFLOW: (by_hurry, 1008, "queue"),
    ErrorKind.RESOURCE_EXHAUSTED: (lambda: by_failing("resource_exhausted"), 1008, "told"),
    ErrorKind.SESSION_TIME_LIMIT_EXCEEDED: (by_length, 1008, "session time"),
    ErrorKind.INPUT_ERROR: (by_rate_of_audio, 1008, "sample_rate must be 16000"),
    ErrorKind.INVALID_REQUEST: (by_parameter, 1008, "vad_threshold: must be"),
    ErrorKind.CHUNK_SIZE_EXCEEDED: (by_size, 1008, "at most 31999 bytes, got "),
    ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY: (by_silence, 1008, "No speech in 2s"),
    ErrorKind.TRANSCRIBER_ERROR: (lambda: by_failing(""), 1008, "told to fail"),
}


class TestErrors:
    def test_the_table_has_each_kind_of_error(self) -> None:
        assert set(PROVOKED) == set(ErrorKind)

    @pytest.mark.parametrize(
        ("kind", "provoke", "code", "said"), [(kind, *row) for kind, row in PROVOKED.items()]
    )
    def test_each_error_is_the_last_message_before_the_close(
        self, kind: ErrorKind, provoke: Callable[[], ServerProtocol], code: int, said: str
    ) -> None:
        server = provoke()
        *_, error = sent(server)

        assert error["message_type"] == kind
        assert said in str(error["error"])
        assert server.close == Close(code=code, reason=kind)
        assert server.next_timeout() is None

    @pytest.mark.parametrize("kind", list(ErrorKind))
    def test_a_fault_can_cause_each_error(self, kind: ErrorKind) -> None:
        server = by_failing(kind)

        assert sent(server)[-1] == {"message_type": kind, "error": "told to fail"}
        assert server.close is not None

    def test_an_unknown_code_is_a_transcriber_error(self) -> None:
        assert types(by_failing("sneeze"))[-1] == "transcriber_error"

    @pytest.mark.parametrize("provoke", [row[0] for row in PROVOKED.values()], ids=list(PROVOKED))
    def test_after_an_error_no_message_is_read_or_sent(
        self, provoke: Callable[[], ServerProtocol]
    ) -> None:
        server = provoke()
        server.messages_to_send()
        server.commands_received()
        chunk = InputAudioChunk(audio_base_64=base64.b64encode(SECOND).decode(), commit=True)
        server.receive_message(chunk.to_json(), now=101.0)
        server.hear(SECOND, now=101.0)
        server.report(FinalText(text="hi"))

        assert server.messages_to_send() == []
        assert server.commands_received() == []


class TestSessions:
    def test_more_open_sessions_than_the_maximum_are_refused_over_http(self) -> None:
        service = Service(max_sessions=2)
        first = service.open()
        service.open()
        refused = service.upgrade()
        first.leave(now=service.now)
        after = service.upgrade()

        assert isinstance(refused, HttpAnswer)
        assert refused.status == 429
        assert "2 sessions" in json.loads(refused.body)["detail"]["message"]
        assert not isinstance(after, HttpAnswer)

    def test_refused_sessions_do_not_count(self) -> None:
        service = Service(max_sessions=1)
        for _ in range(3):
            service.open(audio_format="mp3").leave(now=service.now)

        assert types(service.open()) == ["session_started"]

    def test_the_rate_counts_the_last_minute(self) -> None:
        service = Service(max_sessions_per_minute=1)
        service.open()
        service.now += 59.9
        assert types(service.open()) == ["rate_limited"]
        service.now += 60.1

        assert types(service.open()) == ["session_started"]

    def test_a_quota_counts_all_sessions_and_applies_to_the_next_one(self) -> None:
        service = Service(quota_s=1.5)
        for _ in range(2):
            server = service.open()
            service.send(server, SECOND)

        assert types(server) == ["session_started", "quota_exceeded"]
        assert types(service.open()) == ["quota_exceeded"]


class TestTime:
    def test_an_idle_session_is_closed_without_an_error(self) -> None:
        service = Service()
        server = service.open()
        service.now += 10
        service.send(server, SECOND)
        assert server.next_timeout() == 125.0
        server.handle_timeout(now=124.9)
        assert server.close is None
        server.handle_timeout(now=125.0)

        assert server.close == Close(code=1000)
        assert types(server) == ["session_started"]

    @pytest.mark.parametrize("fields", [{}, {"audio": bytes(3200)}, {"previous_text": "so"}])
    def test_every_chunk_keeps_the_session_open(self, fields: dict) -> None:
        service = Service()
        server = service.open()
        service.now += 14
        service.send(server, **fields)

        assert server.next_timeout() == 129.0

    def test_without_limits_there_is_no_timeout(self) -> None:
        assert Service(idle_close_s=0).open().next_timeout() is None

    def test_the_timeout_is_the_earlier_of_two_limits(self) -> None:
        service = Service(max_session_s=20)
        server = service.open()
        assert server.next_timeout() == 115.0
        service.now += 10
        service.send(server, SECOND)
        assert server.next_timeout() == 120.0
        server.handle_timeout(now=120.0)

        assert types(server)[-1] == "session_time_limit_exceeded"


class TestCommits:
    @pytest.mark.parametrize("auto_commit_s", [35, 90])
    def test_uncommitted_audio_is_committed_by_its_length(self, auto_commit_s: int) -> None:
        service = Service(auto_commit_s=auto_commit_s)
        server = service.open()
        for _ in range(2 * auto_commit_s + 1):
            service.now += 1000  # the length of the audio counts, not the time
            service.send(server, SECOND)
        commands = server.commands_received()

        cuts = [place for place, command in enumerate(commands) if isinstance(command, EndSegment)]
        assert cuts == [auto_commit_s, 2 * auto_commit_s + 1]
        assert len([command for command in commands if isinstance(command, Feed)]) == (
            2 * auto_commit_s + 1
        )

    def test_a_commit_restarts_the_count(self) -> None:
        service = Service(auto_commit_s=2)
        server = service.open()
        service.send(server, SECOND, commit=True)
        service.send(server, SECOND)

        assert [type(command) for command in server.commands_received()] == [Feed, Flush, Feed]

    def test_after_a_commit_by_length_a_short_commit_is_throttled(self) -> None:
        service = Service(auto_commit_s=1)
        server = service.open()
        service.send(server, SECOND)
        service.send(server, commit=True)
        server.report(FinalText(text="turn on"))

        assert types(server)[-1] == "commit_throttled"

    def test_the_shortest_commit_can_be_set(self) -> None:
        service = Service(min_commit_s=0)
        server = service.open()
        service.send(server, commit=True)

        assert server.commands_received() == [Flush()]


class TestPreviousText:
    @pytest.mark.parametrize("audio", [b"", SECOND])
    def test_previous_text_is_allowed_with_the_first_chunk(self, audio: bytes) -> None:
        service = Service()
        server = service.open()
        service.send(server, audio, previous_text="so far")
        service.send(server, SECOND)

        assert server.close is None

    def test_previous_text_is_refused_with_later_chunks(self) -> None:
        service = Service()
        server = service.open()
        service.send(server, SECOND)
        service.send(server, SECOND, previous_text="so far")

        assert sent(server)[-1] == {
            "message_type": "input_error",
            "error": "previous_text must be in the first chunk only",
        }


def test_with_region_mutes_a_language_with_a_region_gets_no_answer() -> None:
    service = Service(region_mutes=True)
    mute, other = service.open(language_code="en-US"), service.open(language_code="en")
    for server in (mute, other):
        service.send(server, SECOND, commit=True)
        server.report(FinalText(text="hi"))

    assert types(mute) == ["session_started"]
    assert types(other) == ["session_started", "committed_transcript"]


def test_a_behaviour_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^max_sessions: must be at least 0, got -1"):
        ElevenLabsBehaviour(max_sessions=-1)


def test_enable_logging_false_without_zero_retention_is_a_warning() -> None:
    granted, refused = Service(), Service(zero_retention=False)

    assert types(granted.open(enable_logging="false")) == ["session_started"]
    assert types(refused.open(enable_logging="true")) == ["session_started"]
    assert types(refused.open(enable_logging="false")) == ["session_started", "warning"]
