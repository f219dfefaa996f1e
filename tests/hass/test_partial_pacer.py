"""How often partials change the state of the entity."""

from collections.abc import Sequence

import pytest

from custom_components.wyoming_bridge.partial_pacer import INTERVAL_S, PartialPacer
from custom_components.wyoming_bridge.transcripts import TranscriptKind, TranscriptUpdate

STEP_S = INTERVAL_S / 3


def update(utterance_id: str, text: str) -> TranscriptUpdate:
    kind = TranscriptKind.FINAL if text == "final" else TranscriptKind.PARTIAL
    return TranscriptUpdate(kind=kind, utterance_id=utterance_id, text=text)


def shown(updates: Sequence[tuple[str, str]]) -> list[str]:
    """Give a pacer one update per step, and return what it passes on at each step.

    The steps go on until no update is left and no partial waits.
    """
    pacer = PartialPacer()
    steps = []
    waiting = list(updates)
    now = 100.0
    while waiting or pacer.next_due is not None:
        passed = [pacer.take(update(*waiting.pop(0)))] if waiting else []
        passed.append(pacer.pass_on(now=now))
        steps.append(" ".join(f"{each.utterance_id}:{each.text}" for each in passed if each))
        now += STEP_S
    return steps


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([("a", "1")], ["a:1"]),
        ([("a", "1"), ("a", "2")], ["a:1", "", "", "a:2"]),
        ([("a", str(n)) for n in range(1, 7)], ["a:1", "", "", "a:4", "", "", "a:6"]),
        ([("a", "1"), ("a", "2"), ("a", "final")], ["a:1", "", "a:final"]),
        ([("a", "1"), ("b", "1"), ("a", "2")], ["a:1", "", "", "b:1", "", "", "a:2"]),
        (
            [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2"), ("a", "3")],
            ["a:1", "", "", "b:2", "", "", "a:3"],
        ),
        ([("a", "1"), ("b", "1"), ("a", "final")], ["a:1", "", "a:final", "b:1"]),
    ],
)
def test_two_partials_a_second_pass_and_utterances_take_turns(
    updates: Sequence[tuple[str, str]], expected: Sequence[str]
) -> None:
    assert shown(updates) == expected
