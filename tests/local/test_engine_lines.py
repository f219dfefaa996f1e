"""The lines in which the process of an engine reports its results."""

import pytest

from wyoming_bridge.events import FinalText, PartialText, Word
from wyoming_bridge.local.engines.process.voice import result_of
from wyoming_bridge.local.engines.process.wire import (
    RecognisedWord,
    final_line,
    partial_line,
    text_line,
)


@pytest.mark.parametrize(
    ("line", "result"),
    [
        (partial_line(start_ms=0, end_ms=9, text=""), PartialText(text="", start_ms=0, end_ms=9)),
        (
            partial_line(start_ms=70, end_ms=900, text="go on"),
            PartialText(text="go on", start_ms=70, end_ms=900),
        ),
        (final_line(start_ms=1, end_ms=2, words=()), FinalText(text="", start_ms=1, end_ms=2)),
        (
            text_line(start_ms=1, end_ms=2, text="Go on."),
            FinalText(text="Go on.", start_ms=1, end_ms=2),
        ),
        (text_line(start_ms=3, end_ms=3, text=""), FinalText(text="", start_ms=3, end_ms=3)),
        (
            final_line(
                start_ms=0,
                end_ms=900,
                words=[
                    RecognisedWord(text="it's", start_ms=10, end_ms=200, confidence=0.5),
                    RecognisedWord(text="10", start_ms=200, end_ms=300, confidence=1.0),
                ],
            ),
            FinalText(
                text="it's 10",
                words=(
                    Word(text="it's", start_ms=10, end_ms=200, confidence=0.5),
                    Word(text="10", start_ms=200, end_ms=300, confidence=1.0),
                ),
                start_ms=0,
                end_ms=900,
            ),
        ),
    ],
)
def test_a_line_is_read_as_it_was_written(line: bytes, result: PartialText | FinalText) -> None:
    assert result_of(line) == result


@pytest.mark.parametrize(
    "line",
    [b"", b"hello\n", b"partial x\n", b"final 1\n", b"final 1 2 3\n", b"text 1\n", b"\xff\n"],
)
def test_a_line_of_another_kind_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        result_of(line)
