"""Services that send unusual messages, on real sockets. The text must still be right."""

import functools
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from fake_runs import (
    ELEVENLABS,
    OPENAI,
    RESON8,
    SCRIPTIX,
    TEXT,
    VLLM,
    Kind,
    every_service,
    text_of,
    transcribe_by_pauses,
)
from fakes import Close, FakeService, Faults, silence, speech
from fakes.faults import Alter, Json

UNREADABLE = ["ping", "", [], 17, None, b"\xff\x00", "<html>Bad Gateway</html>", '{"type":', {}]
TWICE = (
    silence(100)
    + speech("stop")
    + silence(400)  # long enough for a flush, too short to end the utterance
    + speech("stop")
    + silence(1000)
)


COMPLETED = "conversation.item.input_audio_transcription.completed"
DELTA = "conversation.item.input_audio_transcription.delta"


def is_final(message: Json) -> bool:
    return (
        message.get("is_final") is True
        or message.get("type") in {COMPLETED, "transcription.done"}
        or message.get("message_type")
        in {"committed_transcript", "committed_transcript_with_timestamps"}
    )


def is_partial(message: Json) -> bool:
    return (
        message.get("is_final") is False
        or message.get("type") in {DELTA, "transcription.delta"}
        or message.get("message_type") == "partial_transcript"
    )


def finals_of(service: FakeService) -> list[object]:
    """Return the texts of finals, except empty ones and the second answers to commits."""
    sent = [message for record in service.records for message in record.sent]
    kinds = {None, "committed_transcript"}
    finals = [m for m in sent if is_final(m) and m.get("message_type") in kinds]
    return [message["text"] for message in finals if message["text"]]


def partial(kind: Kind, text: object, **more: object) -> Json:
    return {
        SCRIPTIX: {"text": text, "is_final": False, "stability": 0.5},
        RESON8: {"type": "transcript", "text": text, "is_final": False},
        ELEVENLABS: {"message_type": "partial_transcript", "text": text},
        OPENAI: {"type": DELTA, "item_id": "item_1", "delta": text},
        VLLM: {"type": "transcription.delta", "delta": text},
    }[kind] | more


async def altered(kind: Kind, alter: Alter) -> str:
    """Return the text of an utterance whose messages are altered. One session must be enough."""
    text, attempts = await text_of(kind, always=Faults(alter=alter))
    assert attempts == 1
    return text


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings of the package, without those of the event loop."""
    return [
        each.getMessage()
        for each in caplog.records
        if each.levelname == "WARNING" and each.name.startswith("wyoming_bridge")
    ]


@every_service
async def test_messages_that_cannot_be_read_are_skipped_with_one_warning(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    def alter(message: Json) -> list[object]:
        return [*UNREADABLE, partial(kind, None), message, partial(kind, 17)]

    assert await altered(kind, alter) == TEXT
    (warning,) = warnings(caplog)
    assert "skipped a message that cannot be read" in warning


@every_service
async def test_a_partial_that_ends_within_a_character_does_not_fail_the_session(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    def alter(message: Json) -> list[object]:
        return [partial(kind, "go \ud83d"), message] if is_partial(message) else [message]

    assert await altered(kind, alter) == TEXT
    assert len(warnings(caplog)) <= 1


@every_service
async def test_json_in_binary_messages_is_read(kind: Kind) -> None:
    assert await altered(kind, lambda message: [json.dumps(message).encode()]) == TEXT


@pytest.mark.parametrize("write", [int, lambda flag: str(flag).lower()])
@pytest.mark.parametrize("kind", [SCRIPTIX, RESON8], ids=str)
async def test_a_boolean_may_be_written_as_a_number_or_a_text(
    kind: Kind, write: Callable[[object], object]
) -> None:
    def alter(message: Json) -> list[object]:
        has_flag = "is_final" in message
        return [message | {"is_final": write(message["is_final"])} if has_flag else message]

    assert await altered(kind, alter) == TEXT


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (SCRIPTIX, {"speaker": 1}),
        (SCRIPTIX, {"words": [["go", 0, 200], ["forward", "200", 400, None]]}),
        (RESON8, {"words": [{"text": "go", "start_ms": 0, "confidence": "0.9"}]}),
        (ELEVENLABS, {"session_id": 17}),
        (ELEVENLABS, {"words": 17, "language_code": []}),
        (OPENAI, {"item_id": 17, "languages": {}, "logprobs": [17], "usage": None}),
    ],
    ids=str,
)
async def test_a_field_of_another_type_is_left_out_with_one_warning(
    kind: Kind, change: Json, caplog: pytest.LogCaptureFixture
) -> None:
    def alter(message: Json) -> list[object]:
        return [message | change if is_final(message) or "session_id" in message else message]

    assert await altered(kind, alter) == TEXT
    (warning,) = warnings(caplog)
    assert "left out a field that cannot be read" in warning


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (SCRIPTIX, {"words": [["go", 0, 200], ["forward", 200, 400, None]]}),
        (VLLM, {"usage": "none", "id": 17}),
    ],
    ids=str,
)
async def test_a_missing_field_and_one_that_is_not_used_are_no_warning(
    kind: Kind, change: Json, caplog: pytest.LogCaptureFixture
) -> None:
    def alter(message: Json) -> list[object]:
        return [message | change if is_final(message) else message]

    assert await altered(kind, alter) == TEXT
    assert warnings(caplog) == []


async def test_a_second_session_started_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert await altered(ELEVENLABS, lambda message: [message, greeting()]) == TEXT
    (warning,) = warnings(caplog)
    assert "session_started twice" in warning


def greeting() -> Json:
    return {"message_type": "session_started", "session_id": "again", "config": {}}


@every_service
@pytest.mark.parametrize("late", ["go forward ten", TEXT, "go"])
async def test_nothing_is_open_after_the_last_final(kind: Kind, late: str) -> None:
    def alter(message: Json) -> list[object]:
        is_answer = is_final(message) or message.get("type") == "flush_confirmation"
        return [message, partial(kind, late)] if is_answer else [message]

    assert await altered(kind, alter) == TEXT


@pytest.mark.parametrize(
    ("kind", "times"), [(RESON8, {"start_ms": 0}), (SCRIPTIX, {"offset_ms": 0})], ids=str
)
async def test_a_late_partial_with_other_words_is_recognised_by_its_time(
    kind: Kind, times: Json
) -> None:
    def alter(message: Json) -> list[object]:
        late = partial(kind, "go for ward 10", **times)
        return [message, late] if is_final(message) else [message]

    assert await altered(kind, alter) == TEXT


async def test_echoes_of_a_commit_cause_no_other_commit() -> None:
    def alter(message: Json) -> list[object]:
        return [message, *[partial(ELEVENLABS, TEXT)] * 5] if is_final(message) else [message]

    pcm = silence(100) + speech(TEXT) + silence(1000)
    result, service = await transcribe_by_pauses(ELEVENLABS, Faults(alter=alter), pcm)

    assert result.text == TEXT
    (record,) = service.records
    assert sum(message["commit"] is True for message in record.messages) == 1


@pytest.mark.parametrize("timestamps", [True, False])
@pytest.mark.parametrize(
    "doubled",
    [
        lambda message: [message, message],
        lambda message: [message] if "words" in message else [message, message],
        lambda message: [message, message] if "words" in message else [message],
    ],
    ids=["both", "first", "second"],
)
async def test_a_commit_that_is_answered_twice_is_in_the_text_once(
    doubled: Callable[[Json], list[object]], *, timestamps: bool
) -> None:
    def alter(message: Json) -> list[object]:
        if message.get("words") and not timestamps:
            message = message | {"words": None}
        return doubled(message) if is_final(message) else [message]

    assert await altered(ELEVENLABS, alter) == TEXT


async def test_a_final_that_is_sent_twice_is_in_the_text_once() -> None:
    def alter(message: Json) -> list[object]:
        return [message, message] if is_final(message) else [message]

    assert await altered(RESON8, alter) == TEXT


def stuck_at_zero(message: Json) -> Json:
    return with_times(message, start_ms=0, end_ms=0)


def the_same_each_time(message: Json) -> Json:
    return with_times(message, start_ms=0, end_ms=300)


def as_they_are(message: Json) -> Json:
    return message


def without_times(message: Json) -> Json:
    left_out = {"words", "start_ms", "duration_ms"}
    return {name: value for name, value in message.items() if name not in left_out}


def with_times(message: Json, *, start_ms: int, end_ms: int) -> Json:
    words = message.get("words")
    if not isinstance(words, list):
        return message
    if "message_type" in message:
        times: Json = {"start": start_ms / 1000, "end": end_ms / 1000}
        return message | {"words": [word | times for word in words]}
    times = {"start_ms": start_ms, "duration_ms": end_ms - start_ms}
    return message | times | {"words": [word | times for word in words]}


@pytest.mark.parametrize("kind", [RESON8, ELEVENLABS], ids=str)
@pytest.mark.parametrize("times", [as_they_are, without_times, stuck_at_zero, the_same_each_time])
async def test_a_word_that_is_said_twice_is_twice_in_the_text(
    kind: Kind, times: Callable[[Json], Json]
) -> None:
    def alter(message: Json) -> list[object]:
        return [times(message)]

    result, service = await transcribe_by_pauses(kind, Faults(alter=alter), TWICE)

    assert result.text == "stop stop"
    assert finals_of(service) == ["stop", "stop"]


async def test_a_word_that_the_service_commits_twice_without_partials_is_kept_twice() -> None:
    settings = functools.partial(
        ELEVENLABS.settings, commit_strategy="vad", vad_silence_threshold_secs=0.3
    )

    def alter(message: Json) -> list[object]:
        return [] if is_partial(message) else [without_times(message)]

    result, service = await transcribe_by_pauses(
        replace(ELEVENLABS, settings=settings), Faults(alter=alter), TWICE
    )

    assert result.text == "stop stop"
    assert finals_of(service) == ["stop", "stop"]


async def test_finals_in_chinese_are_joined_without_a_space() -> None:
    chinese = iter(["今天是3", "月5日", "", ""])

    def alter(message: Json) -> list[object]:
        if not is_final(message):
            return [] if is_partial(message) else [message]
        return [{"type": "transcript", "is_final": True, "text": next(chinese)}]

    result, _ = await transcribe_by_pauses(RESON8, Faults(alter=alter), TWICE)

    assert result.text == "今天是3月5日"


@every_service
async def test_a_final_counts_if_the_connection_is_lost_after_it(kind: Kind) -> None:
    gone = Close(code=None)

    def alter(message: Json) -> list[object]:
        is_last = is_final(message) and ("words" in message or kind is not ELEVENLABS)
        return [message, gone] if is_last else [message]

    assert await altered(kind, alter) == TEXT
