"""How the local server is to play the services, read from a file."""

from pathlib import Path

import pytest

from wyoming_bridge.config.serve import load_behaviour
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engines import ScriptedEngine
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer


def load(tmp_path: Path, text: str) -> Behaviour:
    path = tmp_path / "serve.yaml"
    path.write_text(text)
    return load_behaviour(path)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Behaviour()


def test_what_is_written_is_set_for_its_service(tmp_path: Path) -> None:
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
    assert behaviour.elevenlabs.max_session_s == 60
    assert behaviour.elevenlabs.entities == {"kitchen": "location"}
    assert behaviour.reson8.models == {"house": ("extractor hood", "dishwasher")}
    assert (behaviour.scriptix.start_s, behaviour.scriptix.final_words) == (90, 5)


def test_a_fault_is_what_the_server_has(tmp_path: Path) -> None:
    behaviour = load(tmp_path, "fault: {kind: slow, after_audio_ms: 300, delay_s: 2, times: 1}")
    expected = Fault(kind=FaultKind.SLOW, after_audio_ms=300, delay_s=2, times=1)

    server = LocalServer(engine=ScriptedEngine(), behaviour=behaviour)

    assert behaviour.fault == expected
    assert server.fault == expected


def test_a_fault_that_is_given_in_code_goes_before_the_files(tmp_path: Path) -> None:
    behaviour = load(tmp_path, "fault: {kind: close}")
    own = Fault(kind=FaultKind.RESET)

    server = LocalServer(engine=ScriptedEngine(), behaviour=behaviour, fault=own)

    assert server.fault is own


def test_the_time_that_finals_take_is_set(tmp_path: Path) -> None:
    assert load(tmp_path, "final_delay_ms: 300").final_delay_ms == 300


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("elevenlab: {}", "elevenlab: there is no such key; the keys are"),
        ("elevenlabs: {max_sessions: -1}", "elevenlabs.max_sessions: -1 is not possible; allowed"),
        ("elevenlabs: {max_sesions: 1}", "elevenlabs.max_sesions: there is no such key"),
        ("elevenlabs: {quota_s: .nan}", "elevenlabs.quota_s: nan is not possible"),
        ("elevenlabs: {entities: [a]}", "elevenlabs.entities: is not texts by name"),
        ("reson8: {models: {house: hood}}", "reson8.models: is not lists of texts by name"),
        ("reson8: {models: {1: [hood]}}", "reson8.models: is not lists of texts by name"),
        ("scriptix: {result_shape: newer}", "allowed: offset or older"),
        ("scriptix: true", "scriptix: "),
        ("stream_pace: slow", "allowed: realtime or fast"),
        ("final_delay_ms: 0.5", "final_delay_ms: is not a whole number; allowed: 0 to 60000 ms"),
        ("fault: close", "fault: "),
        ("fault: {}", "fault.kind: is missing; allowed: refuse or close"),
        ("fault: {kind: explode}", "fault.kind: 'explode' is not possible; allowed: refuse or"),
        ("fault: {kind: close, when: flush}", "fault.when: there is no such key; the keys are"),
        ("fault: {kind: close, times: true}", "fault.times: is not a whole number; allowed: at"),
        ("fault: {kind: slow}", "fault.delay_s: slow needs it"),
        ("fault: {kind: refuse, at: open}", "fault.at: refuse is not possible at open; allowed"),
    ],
)
def test_what_is_not_possible_is_one_line_that_names_it(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/serve.yaml: ")
    assert "\n" not in str(caught.value)
