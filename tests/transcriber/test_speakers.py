"""What each speaker said."""

from collections.abc import Sequence

import pytest

from wyoming_bridge.events import FinalText, PartialText, SpeakersMerged, Word, WordKind
from wyoming_bridge.transcriber.transcript import Transcript


def spoken(text: str, speaker: str | None, *, kind: WordKind = WordKind.WORD) -> Word:
    return Word(text=text, speaker=speaker, kind=kind)


MIXED = FinalText(
    text="Hello there. Good day.",
    words=(
        spoken("Hello", "a"),
        spoken(" ", "a", kind=WordKind.SPACING),
        spoken("there.", "a"),
        spoken("Good", "b"),
        spoken("day.", None),
    ),
)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([PartialText(text="turn on")], []),
        ([FinalText(text="Turn on.")], []),
        ([FinalText(text="Turn on.", speaker="a")], [("a", "Turn on.")]),
        ([FinalText(text="Turn on.", words=(spoken("Turn", "a"),))], [("a", "Turn on.")]),
        (
            [FinalText(text="Turn on.", speaker="a"), PartialText(text="and")],
            [("a", "Turn on."), (None, "and")],
        ),
        (
            [FinalText(text="One", speaker="a"), FinalText(text="Two", speaker="b")] * 2,
            [("a", "One One"), ("b", "Two Two")],
        ),
        ([MIXED], [("a", "Hello there."), ("b", "Good"), (None, "day.")]),
        (
            [
                FinalText(text="One", speaker="a"),
                FinalText(text="Two", speaker="b"),
                SpeakersMerged(speaker="b", into="a"),
            ],
            [("a", "One Two")],
        ),
    ],
)
def test_each_speaker_has_all_that_was_said(
    events: Sequence[FinalText | PartialText | SpeakersMerged],
    expected: Sequence[tuple[str | None, str]],
) -> None:
    transcript = Transcript()

    for event in events:
        transcript.take(event)

    assert [(each.speaker, each.text) for each in transcript.speakers] == expected
