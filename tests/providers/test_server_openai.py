"""The emulator of OpenAI: the configuration of a session, and the limit of uploads."""

import pytest

from emulators import ANYBODY
from wyoming_bridge.errors import DependencyError, ProtocolViolationError
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.openai import new_emulators
from wyoming_bridge.providers.openai.behaviour import OpenAIBehaviour
from wyoming_bridge.providers.openai.protocol import pcm
from wyoming_bridge.providers.openai.server import upload
from wyoming_bridge.providers.openai.server.config import SessionConfig, read_config
from wyoming_bridge.providers.server_request import ServerRequest

PCM = pcm(24_000)
BEFORE = SessionConfig(audio_format=PCM, languages=("nl",), keywords=("Keuken",), prompt="A house.")


def updated(**audio_input: object) -> SessionConfig:
    session = {"type": "transcription", "audio": {"input": audio_input}}
    return read_config(session, before=BEFORE, pcm=PCM)


def configured(**transcription: object) -> SessionConfig:
    return updated(transcription=transcription)


def test_missing_fields_keep_their_values() -> None:
    config = configured(model="gpt-transcribe")

    assert (config.languages, config.keywords, config.prompt) == (("nl",), ("Keuken",), "A house.")


@pytest.mark.parametrize("empty", [None, []])
def test_lists_that_are_empty_are_cleared(empty: object) -> None:
    config = configured(languages=empty, keywords=empty)

    assert (config.languages, config.keywords, config.prompt) == ((), (), "A house.")


@pytest.mark.parametrize("empty", [None, ""])
def test_texts_that_are_empty_are_cleared(empty: object) -> None:
    config = configured(language=empty, prompt=empty)

    assert config.languages == ()
    assert not config.prompt
    assert config.keywords == ("Keuken",)


def test_a_field_of_another_kind_is_refused() -> None:
    with pytest.raises(ProtocolViolationError, match="keywords must be a list of texts"):
        configured(keywords=[1])


@pytest.mark.parametrize(
    ("detection", "silence_ms", "threshold"),
    [
        ({"type": "server_vad"}, 500, 0.5),
        ({"type": "server_vad", "silence_duration_ms": 700, "threshold": 0.0}, 700, 0.0),
        ({"type": "semantic_vad"}, 4000, 0.5),
        ({"type": "semantic_vad", "eagerness": "high"}, 2000, 0.5),
    ],
)
def test_a_server_can_end_segments(
    detection: dict[str, object], silence_ms: int, threshold: float
) -> None:
    config = updated(turn_detection=detection)

    assert config.turn_detection is not None
    assert config.turn_detection.silence_ms == silence_ms
    assert config.turn_detection.threshold == threshold
    assert updated(turn_detection=None).turn_detection is None


@pytest.mark.parametrize(
    ("audio_input", "problem"),
    [
        ({"turn_detection": {}}, "turn_detection.type"),
        ({"turn_detection": {"type": "server_vad", "silence_duration_ms": 99}}, "100 to 10000"),
        ({"turn_detection": {"type": "server_vad", "silence_duration_ms": 10_001}}, "100 to 10000"),
        ({"turn_detection": {"type": "server_vad", "threshold": 1.1}}, "0 to 1"),
        ({"turn_detection": {"type": "semantic_vad", "eagerness": "now"}}, "low or medium"),
        ({"format": {"type": "audio/mp3"}}, "audio/pcm or audio/pcmu or audio/pcma"),
        ({"format": {"type": "audio/pcm", "rate": 16_000}}, "24000"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_those_that_are(
    audio_input: dict[str, object], problem: str
) -> None:
    with pytest.raises(ProtocolViolationError, match=problem):
        updated(**audio_input)


def test_an_upload_that_cannot_begin_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: object) -> None:
        raise DependencyError("the detector is not installed")

    emulator, *_ = new_emulators(ANYBODY, "en", OpenAIBehaviour(max_sessions=1))
    (accept,) = emulator.uploads.values()
    with monkeypatch.context() as without_detector:
        without_detector.setattr(upload, "new_detector", missing)
        answers = [accept(ServerRequest(query={}, headers={}), 0.0) for _ in range(2)]

    assert [each.status for each in answers if isinstance(each, HttpAnswer)] == [500, 500]
    assert not isinstance(accept(ServerRequest(query={}, headers={}), 0.0), HttpAnswer)
