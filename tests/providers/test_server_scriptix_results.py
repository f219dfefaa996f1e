"""The emulated Scriptix: partial and final texts, and the end of segments."""

import json

import pytest

from scriptix_servers import PCM, START, accepted, sent, started
from wyoming_bridge.events import FinalText, PartialText, Word
from wyoming_bridge.providers.serving import EndSegment


def test_partial_texts_have_the_offset_of_their_segment_and_a_stability() -> None:
    server = started()
    for text in ("turn", "turn on", "turn off the"):
        server.report(PartialText(text=text))
    assert sent(server) == [
        {"text": "turn", "is_final": False, "offset_ms": 0, "stability": 0.0},
        {"text": "turn on", "is_final": False, "offset_ms": 0, "stability": 0.5},
        {"text": "turn off the", "is_final": False, "offset_ms": 0, "stability": 0.33},
    ]


def test_the_stability_of_the_engine_is_sent() -> None:
    server = started()
    server.report(PartialText(text="turn", stability=0.75))
    assert sent(server) == [{"text": "turn", "is_final": False, "offset_ms": 0, "stability": 0.75}]


def test_the_words_of_a_final_text_count_from_its_offset() -> None:
    server = started()
    server.report(FinalText(text="one", end_ms=1000))
    words = (
        Word(text="two", start_ms=1100, end_ms=1500, confidence=0.98765432),
        Word(text="three", start_ms=1500, end_ms=2000),
    )
    server.report(FinalText(text="two three", words=words, end_ms=2000, speaker="Speaker 1"))
    server.report(PartialText(text="four"))
    assert sent(server) == [
        {"text": "one", "is_final": True, "offset_ms": 0, "words": []},
        {
            "text": "two three",
            "is_final": True,
            "offset_ms": 1000,
            "words": [[" two", 100, 500, 0.9877], [" three", 500, 1000, 1.0]],
            "speaker": "Speaker 1",
        },
        {"text": "four", "is_final": False, "offset_ms": 2000, "stability": 0.0},
    ]


def test_words_without_times_do_not_begin_before_their_segment() -> None:
    server = started()
    server.report(FinalText(text="one", end_ms=1000))
    server.report(FinalText(text="two", words=(Word(text="two"),)))
    assert sent(server)[1] == {
        "text": "two",
        "is_final": True,
        "offset_ms": 1000,
        "words": [[" two", 0, 0, 1.0]],
    }


def test_the_stability_restarts_with_a_new_segment() -> None:
    server = started()
    server.report(PartialText(text="turn on"))
    server.report(FinalText(text="turn on", end_ms=500))
    server.report(PartialText(text="turn on"))
    assert sent(server)[-1] == {
        "text": "turn on",
        "is_final": False,
        "offset_ms": 500,
        "stability": 0.0,
    }


@pytest.mark.parametrize(
    "result", [PartialText(text=""), PartialText(text="  "), FinalText(text="")]
)
def test_nothing_is_sent_for_silence(result: PartialText | FinalText) -> None:
    server = started()
    server.report(result)
    assert server.messages_to_send() == []


def test_many_words_end_a_segment_once() -> None:
    server = accepted(final_words=3)
    server.receive_message(START, now=0.0)
    server.report(PartialText(text="one two"))
    server.hear(PCM, now=0.0)
    assert server.commands_received() == []
    server.report(PartialText(text="one two three"))
    server.hear(PCM, now=0.0)
    server.report(PartialText(text="one two three four"))
    server.hear(PCM, now=0.0)
    assert server.commands_received() == [EndSegment()]
    server.report(FinalText(text="one two three", end_ms=100))
    server.report(PartialText(text="four five six"))
    server.hear(PCM, now=0.0)

    assert server.commands_received() == [EndSegment()]


def test_a_segment_of_the_maximum_length_is_ended() -> None:
    server = accepted(final_s=1)
    server.receive_message(START, now=0.0)
    for _ in range(20):
        server.hear(PCM, now=0.0)

    assert server.commands_received() == [EndSegment(), EndSegment()]


def test_older_results_have_the_older_format() -> None:
    server = accepted(result_shape="older")
    server.receive_message(START, now=0.0)
    server.messages_to_send()
    server.report(PartialText(text="turn"))
    server.report(FinalText(text="first", end_ms=1000))
    words = (Word(text="turn", start_ms=1200, end_ms=1400, confidence=0.5),)
    server.report(FinalText(text="turn", words=words, end_ms=1400, speaker="S1"))

    assert sent(server) == [
        {"partial": "turn"},
        {"result": [], "text": "first"},
        {"result": [[" turn", 1200, 1400, 0.5]], "text": "turn", "speaker": "S1"},
    ]


def test_all_json_is_compact() -> None:
    server = started()
    server.report(PartialText(text="a b"))
    server.report(FinalText(text="a b", words=(Word(text="a"), Word(text="b"))))
    for message in server.messages_to_send():
        assert message == json.dumps(json.loads(message), separators=(",", ":"))
