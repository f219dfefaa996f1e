"""The emulated ElevenLabs with its own voice activity detection, on recorded speech."""

import base64
import json
import sys

import pytest

from emulators import service
from wyoming_bridge.events import FinalText
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.elevenlabs.emulator import ElevenLabsEmulator
from wyoming_bridge.providers.elevenlabs.messages import InputAudioChunk
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import EndSegment, Feed, Flush, ServerProtocol

PIECE = 3200
"""The bytes of 100 ms of audio: the size of the pieces that the engine receives."""


def silence(duration_ms: int) -> bytes:
    return bytes(32 * duration_ms)


@pytest.fixture
def sentence(sample) -> bytes:
    """Return 1.8 s of speech without a pause."""
    return sample("something")[32 * 450 : 32 * 2250]


@pytest.fixture
def word(sample) -> bytes:
    """Return 300 ms of speech."""
    return sample("goforward")[32 * 1000 : 32 * 1300]


@pytest.fixture
def murmur(sample) -> bytes:
    """Return soft speech with a speech probability of at most about 0.5."""
    return sample("goforward")[32 * 1900 : 32 * 2050]


def ready(**query: object) -> ServerProtocol:
    asked = {"model_id": "scribe_v2_realtime", "commit_strategy": "vad"} | query
    request = ServerRequest(query={name: [str(v)] for name, v in asked.items()}, headers={})
    server = service("elevenlabs")(request, 0)
    assert not isinstance(server, HttpAnswer)
    server.open(now=0)
    return server


def send(server: ServerProtocol, audio: bytes, *, commit: bool = False) -> list[int]:
    """Send a chunk. Return the ends of segments, in milliseconds from the start of the chunk."""
    encoded = base64.b64encode(audio).decode()
    server.receive_message(InputAudioChunk(audio_base_64=encoded, commit=commit).to_json(), now=0)
    cuts: list[int] = []
    for command in server.commands_received():
        heard = command.audio if isinstance(command, Feed) else b""
        for start in range(0, len(heard), PIECE):
            server.hear(heard[start : start + PIECE], now=0)
            ends = (start + PIECE) // 32
            cuts += [ends for inner in server.commands_received() if inner == EndSegment()]
    return cuts


@pytest.mark.parametrize(("silence_s", "cuts"), [(0.3, 2), (0.5, 2), (1.5, 1), (3, 1)], ids=str)
def test_the_silence_that_ends_a_segment_can_be_set(
    sentence: bytes, silence_s: float, cuts: int
) -> None:
    said = silence(1000) + sentence + silence(1000) + sentence + silence(4000)
    assert len(send(ready(vad_silence_threshold_secs=silence_s), said)) == cuts


def test_the_default_silence_is_a_second_and_a_half(sentence: bytes) -> None:
    end_ms = 1000 + 1800
    [cut_ms] = send(ready(), silence(1000) + sentence + silence(4000))
    assert end_ms + 1400 <= cut_ms <= end_ms + 2200  # the detector notices the end up to 0.7 s late


@pytest.mark.parametrize(("threshold", "cuts"), [(0.1, 1), (0.9, 0)])
def test_the_threshold_of_the_detector_can_be_set(
    murmur: bytes, threshold: float, cuts: int
) -> None:
    server = ready(vad_threshold=threshold, min_speech_duration_ms=50)
    assert len(send(server, silence(1000) + murmur + silence(3000))) == cuts


@pytest.mark.parametrize(("least_ms", "cuts"), [(50, 1), (200, 1), (1000, 0), (2000, 0)])
def test_the_shortest_speech_can_be_set(word: bytes, least_ms: int, cuts: int) -> None:
    server = ready(min_speech_duration_ms=least_ms)
    assert len(send(server, silence(1000) + word + silence(600) + word + silence(3000))) == cuts


@pytest.mark.parametrize(("least_ms", "cuts"), [(50, 2), (100, 2), (2000, 1)])
def test_the_shortest_silence_can_be_set(sentence: bytes, least_ms: int, cuts: int) -> None:
    server = ready(vad_silence_threshold_secs=0.3, min_silence_duration_ms=least_ms)
    said = silence(1000) + sentence + silence(1000) + sentence + silence(4000)
    assert len(send(server, said)) == cuts


def test_silence_alone_is_never_committed() -> None:
    assert send(ready(), silence(10_000)) == []


def test_with_manual_commits_a_pause_commits_nothing(sentence: bytes) -> None:
    server = ready(commit_strategy="manual")
    assert send(server, silence(1000) + sentence + silence(4000)) == []


def test_audio_after_the_pause_in_a_chunk_stays_uncommitted(sentence: bytes) -> None:
    server = ready(vad_silence_threshold_secs=0.5)
    [cut_ms] = send(server, sentence + silence(3000))
    assert cut_ms < 4000  # so the last 0.8 s of this chunk of 4.8 s, or more, are not committed
    server.receive_message(InputAudioChunk(audio_base_64="", commit=True).to_json(), now=0)

    assert server.commands_received() == [Flush()]
    assert server.close is None


def test_right_after_the_servers_own_commit_a_commit_is_throttled(sentence: bytes) -> None:
    server = ready(vad_silence_threshold_secs=0.5)
    audio = sentence + silence(3000)
    cuts: list[int] = []
    while not cuts:
        piece, audio = audio[:PIECE], audio[PIECE:]
        cuts = send(server, piece)
    server.receive_message(InputAudioChunk(audio_base_64="", commit=True).to_json(), now=0)
    server.report(FinalText(text="turn on"))
    *_, error = [json.loads(message) for message in server.messages_to_send()]

    assert error["message_type"] == "commit_throttled"
    assert "only 0.00s" in error["error"]


class TestInactivity:
    LIMITED = ElevenLabsBehaviour(max_inactive_s=5)

    def ready(self, **query: str) -> ServerProtocol:
        emulator = ElevenLabsEmulator(tokens=frozenset(), language="en", behaviour=self.LIMITED)
        asked = {"model_id": "scribe_v2_realtime"} | query
        server = emulator.accept(
            ServerRequest(query={n: [v] for n, v in asked.items()}, headers={}), 0
        )
        assert not isinstance(server, HttpAnswer)
        server.open(now=0)
        return server

    @pytest.mark.parametrize("strategy", ["manual", "vad"])
    def test_too_much_audio_without_speech_ends_the_session(self, strategy: str) -> None:
        server = self.ready(commit_strategy=strategy)
        send(server, silence(4900))
        assert server.close is None
        send(server, silence(100))
        *_, error = [json.loads(message) for message in server.messages_to_send()]

        assert error == {
            "message_type": "insufficient_audio_activity",
            "error": "No speech in 5s of audio.",
        }

    def test_speech_restarts_the_count(self, sentence: bytes) -> None:
        server = self.ready()
        send(server, silence(4000) + sentence + silence(4000))

        assert server.close is None


def test_without_the_detectors_library_the_session_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pymicro_vad", None)  # as if it were not installed
    emulator = ElevenLabsEmulator(
        tokens=frozenset(), language="en", behaviour=ElevenLabsBehaviour(max_sessions=1)
    )
    query = {"model_id": ["scribe_v2_realtime"], "commit_strategy": ["vad"]}
    refused = emulator.accept(ServerRequest(query=query, headers={}), 0)
    assert not isinstance(refused, HttpAnswer)
    refused.open(now=0)
    [said] = [json.loads(message) for message in refused.messages_to_send()]
    manual = emulator.accept(
        ServerRequest(query=query | {"commit_strategy": ["manual"]}, headers={}), 0
    )

    assert said["message_type"] == "transcriber_error"
    assert "pip install pymicro-vad" in said["error"]
    assert not isinstance(manual, HttpAnswer)  # the refused session takes no place
