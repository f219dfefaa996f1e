"""The ElevenLabs client: a commit that is answered twice, and a text that is said twice."""

import pytest

from elevenlabs_clients import SECOND, answer, happened, partial, ready
from wyoming_bridge.events import (
    FinalText,
    Finished,
    FlushDone,
    State,
    Unrecognised,
)
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings, transcripts
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient

TENTH = SECOND[: len(SECOND) // 10]
MANUAL = ElevenLabsSettings(language="nl", include_timestamps=False)
VAD = ElevenLabsSettings(language="nl", include_timestamps=False, commit_strategy="vad")
TIMED_VAD = ElevenLabsSettings(include_timestamps=True, commit_strategy="vad")


def timed(client: ElevenLabsClient, text: str, *, start: float | None, now: float) -> None:
    words = (transcripts.TimedWord(text=text, start=start, end=start),)
    message = transcripts.CommittedTranscriptWithTimestamps(text=text, words=words)
    client.receive_message(message.to_json(), now=now)


def finals(client: ElevenLabsClient) -> list[str]:
    return [event.text for event in client.events_received() if isinstance(event, FinalText)]


def test_one_commit_has_one_final_text() -> None:
    client = ready(MANUAL)
    client.send_audio(SECOND, now=0.0)
    client.flush("1", now=1.0)
    answer(client, "stop", now=1.2)
    answer(client, "stop", now=1.2)
    client.finish(now=1.3)

    assert [e for e in happened(client) if not isinstance(e, Unrecognised)] == [
        FinalText(text="stop"),
        FlushDone(flush_id="1"),
        Finished(),
    ]


def test_two_commits_have_two_final_texts() -> None:
    client = ready(MANUAL)
    for flush_id in ("1", "2"):
        client.send_audio(SECOND, now=0.0)
        client.flush(flush_id, now=1.0)
    answer(client, "stop", now=1.2)
    answer(client, "stop", now=1.2)

    assert finals(client) == ["stop", "stop"]


def test_another_text_without_a_commit_answers_the_services_commit() -> None:
    client = ready(MANUAL)
    client.send_audio(SECOND, now=0.0)
    client.flush("1", now=1.0)
    answer(client, "stop", now=1.2)
    answer(client, "go", now=1.2)

    assert finals(client) == ["stop", "go"]


def test_after_a_partial_the_same_text_answers_the_services_commit() -> None:
    client = ready(VAD)
    client.send_audio(SECOND, now=0.0)
    partial(client, "stop", now=0.5)
    answer(client, "stop", now=1.2)
    answer(client, "stop", now=1.2)
    assert finals(client) == ["stop"]
    partial(client, "stop", now=2.0)
    answer(client, "stop", now=2.5)
    assert finals(client) == ["stop"]


def test_the_same_text_with_other_times_answers_the_services_commit() -> None:
    client = ready(TIMED_VAD)
    client.send_audio(SECOND, now=0.0)
    for start in (0.1, 0.1, 0.6):
        timed(client, "stop", start=start, now=1.2)
        answer(client, "stop", now=1.2)

    assert finals(client) == ["stop", "stop"]


def test_the_same_text_after_audio_for_a_commit_answers_the_services_commit() -> None:
    client = ready(VAD)
    client.send_audio(SECOND * 2, now=0.0)
    answer(client, "stop", now=2.0)
    client.send_audio(TENTH * 2, now=2.2)
    answer(client, "stop", now=2.2)
    assert finals(client) == ["stop"]
    client.send_audio(TENTH * 2, now=2.4)
    answer(client, "stop", now=2.4)
    assert finals(client) == []
    client.send_audio(SECOND * 2, now=4.0)
    answer(client, "stop", now=4.0)
    answer(client, "stop", now=4.0)
    assert finals(client) == ["stop"]


@pytest.mark.parametrize(("tenths", "heard"), [(2, []), (3, ["stop"])])
def test_audio_after_the_clients_commit_does_not_count_for_its_answer(
    tenths: int, heard: list[str]
) -> None:
    client = ready(VAD)
    client.send_audio(SECOND * 2, now=0.0)
    answer(client, "stop", now=2.0)
    client.send_audio(TENTH * tenths, now=2.3)
    client.flush("1", now=2.3)
    client.send_audio(TENTH * 4, now=2.7)
    finals(client)
    answer(client, "stop", now=2.7)

    assert finals(client) == heard


def test_other_times_in_the_second_answer_show_that_the_same_text_is_new() -> None:
    client = ready(TIMED_VAD)
    client.send_audio(SECOND, now=0.0)
    for start in (0.1, 0.1, 0.6):
        answer(client, "stop", now=1.2)
        timed(client, "stop", start=start, now=1.2)

    assert finals(client) == ["stop", "stop"]


def test_a_repeated_answer_also_answers_the_clients_commit() -> None:
    client = ready(VAD)
    client.send_audio(SECOND, now=0.0)
    answer(client, "stop", now=1.0)  # the answer to the service's own commit
    client.finish(now=1.1)
    answer(client, "stop", now=1.2)
    client.handle_timeout(now=2.2)

    assert finals(client) == ["stop"]
    assert client.state is State.CLOSED
