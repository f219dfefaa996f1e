"""The emulator of OpenAI: the configuration of a session, and the places of uploads."""

import pytest

from emulators import ANYBODY
from wyoming_bridge.errors import DependencyError, ProtocolViolationError
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.openai import OpenAIBehaviour, new_emulators
from wyoming_bridge.providers.openai.server import upload
from wyoming_bridge.providers.openai.server.config import SessionConfig, read_config
from wyoming_bridge.providers.openai.settings import pcm
from wyoming_bridge.providers.serving import ServerRequest

PCM = pcm(24_000)
BEFORE = SessionConfig(audio_format=PCM, languages=("nl",), keywords=("Keuken",), prompt="A house.")


def configured(**transcription: object) -> SessionConfig:
    session = {"type": "transcription", "audio": {"input": {"transcription": transcription}}}
    return read_config(session, before=BEFORE, pcm=PCM)


def test_fields_that_are_missing_stay() -> None:
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
