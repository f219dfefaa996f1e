"""The file with the behaviour of the local server's services."""

from pathlib import Path

import pytest

from wyoming_bridge.config.serve import load_behaviour
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour


def load(tmp_path: Path, text: str) -> Behaviour:
    path = tmp_path / "serve.yaml"
    path.write_text(text)
    return load_behaviour(path)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Behaviour()


def test_the_settings_of_each_service_are_read(tmp_path: Path) -> None:
    behaviour = load(
        tmp_path,
        """
        allow_private_addresses: true
        stream_pace: fast
        elevenlabs: {max_session_s: 60, entities: {kitchen: location}}
        reson8: {models: {house: [extractor hood, dishwasher]}}
        scriptix: {start_s: 90, final_words: 5}
        """,
    )

    assert (behaviour.allow_private_addresses, behaviour.stream_pace) == (True, "fast")
    assert behaviour.of(ElevenLabsBehaviour).max_session_s == 60
    assert behaviour.of(ElevenLabsBehaviour).entities == {"kitchen": "location"}
    assert behaviour.of(Reson8Behaviour).models == {"house": ("extractor hood", "dishwasher")}
    assert (
        behaviour.of(ScriptixBehaviour).start_s,
        behaviour.of(ScriptixBehaviour).final_words,
    ) == (90, 5)


def test_the_server_uses_the_fault_of_the_file(tmp_path: Path) -> None:
    behaviour = load(tmp_path, "fault: {kind: slow, after_audio_ms: 300, delay_s: 2, times: 1}")
    expected = Fault(kind=FaultKind.SLOW, after_audio_ms=300, delay_s=2, times=1)

    server = LocalServer(engine=ScriptedEngine(), behaviour=behaviour)

    assert behaviour.fault == expected
    assert server.fault == expected


def test_a_fault_that_is_set_in_code_overrides_the_files(tmp_path: Path) -> None:
    behaviour = load(tmp_path, "fault: {kind: close}")
    own = Fault(kind=FaultKind.RESET)

    server = LocalServer(engine=ScriptedEngine(), behaviour=behaviour, fault=own)

    assert server.fault is own


def test_the_delay_of_final_texts_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, "final_delay_ms: 300").final_delay_ms == 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("elevenlab: {}", "elevenlab: unknown key (did you mean elevenlabs?); available: "),
        ("elevenlabs: {max_sessions: -1}", "elevenlabs.max_sessions: must be at least 0, got -1"),
        ("elevenlabs: {max_sesions: 1}", "elevenlabs.max_sesions: unknown key"),
        ("elevenlabs: {quota_s: .nan}", "elevenlabs.quota_s: must be at least 0 s, got nan"),
        ("elevenlabs: {entities: [a]}", "elevenlabs.entities: must be a mapping of names to texts"),
        (
            "reson8: {models: {house: hood}}",
            "reson8.models: must be a mapping of names to lists of texts",
        ),
        (
            "reson8: {models: {1: [hood]}}",
            "reson8.models: must be a mapping of names to lists of texts",
        ),
        (
            "scriptix: {result_shape: newer}",
            "scriptix.result_shape: must be offset or older, got 'newer'",
        ),
        ("scriptix: true", "scriptix: "),
        ("stream_pace: slow", "stream_pace: must be realtime or fast, got 'slow'"),
        ("final_delay_ms: 0.5", "final_delay_ms: must be a whole number; allowed: 0 to 60000 ms"),
        ("fault: close", "fault: "),
        ("fault: {}", "fault.kind: is missing; allowed: refuse or close"),
        ("fault: {kind: explode}", "fault.kind: must be refuse or close or "),
        ("fault: {kind: close, when: flush}", "fault.when: unknown key; available: "),
        ("fault: {kind: close, times: true}", "fault.times: must be a whole number; allowed: at"),
        ("fault: {kind: slow}", "fault.delay_s: is required for slow"),
        ("fault: {kind: refuse, at: open}", "fault.at: must be handshake for refuse, got open"),
    ],
)
def test_an_error_is_one_line_with_the_file_and_the_key(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/serve.yaml: ")
    assert "\n" not in str(caught.value)
