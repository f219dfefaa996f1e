"""Which segment an answer to a commit belongs to.

A commit is answered by one message or by several, in any order. They carry no ids: each kind
comes in the order of the commits, and all of a commit repeat its text.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from .messages import (
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    EditedTranscript,
    Enrichment,
    RedactedTranscript,
)
from .settings import ElevenLabsSettings

__all__ = ["CommitAnswer", "Segments"]

CommitAnswer = CommittedTranscript | Enrichment
"""What may answer a commit."""

_FIRST: Final = (CommittedTranscript, CommittedTranscriptWithTimestamps)
"""Either of these tells of a commit; the others follow one."""

_TWIN_GRACE_S: Final = 0.25
"""How long the second of the two is awaited; it was seen about 15 ms after the first."""

_EXTRA_GRACE_S: Final = 3.0
"""How long what a language model has to add is awaited."""

_MAX_OPEN: Final = 16
"""Segments whose answers may be late: two minutes of commands."""


@dataclass(slots=True, kw_only=True)
class _Segment:
    index: int
    text: str
    missing: set[type[CommitAnswer]]
    due: float
    """Until when the rest is awaited, in monotonic seconds. It may come later all the same."""
    awaited: bool = field(default=True)


class Segments:
    """The segments of a session whose answers are not all there."""

    def __init__(self, settings: ElevenLabsSettings, *, timed: bool) -> None:
        self._kinds: list[type[CommitAnswer]] = [CommittedTranscript]
        extras: list[type[CommitAnswer]] = []
        if timed:
            self._kinds.append(CommittedTranscriptWithTimestamps)
        if settings.entity_detection:
            extras.append(CommittedTranscriptEntities)
        if settings.entity_redaction:
            extras.append(RedactedTranscript)
        if settings.transcript_edit:
            extras.append(EditedTranscript)
        if settings.diarize:
            extras.append(DiarizedTranscript)
        self._kinds += extras
        self._grace_s = _EXTRA_GRACE_S if extras else _TWIN_GRACE_S
        self._open: deque[_Segment] = deque(maxlen=_MAX_OPEN)
        self._count = 0

    @property
    def due(self) -> float | None:
        """When the first stops being awaited; None: nothing is."""
        return min((each.due for each in self._open if each.awaited), default=None)

    @property
    def first_awaited(self) -> int | None:
        """The first segment of which something is awaited; None: nothing is."""
        return next((each.index for each in self._open if each.awaited), None)

    def awaits_twin(self, segment: int) -> bool:
        """Whether the second of the two is to come."""
        return any(
            each.index == segment and each.awaited and not each.missing.isdisjoint(_FIRST)
            for each in self._open
        )

    def take(self, answer: CommitAnswer, *, now: float) -> tuple[int, bool] | None:
        """Which segment it is about, 0 is the first, and whether it is the first to tell of it.

        None: it belongs to none.
        """
        kind = type(answer)
        lacking = [each for each in self._open if kind in each.missing]
        segment = next((each for each in lacking if each.text == answer.text), None)
        segment = segment or next((each for each in lacking if each.awaited), None)
        if segment:
            segment.missing.discard(kind)
            if not segment.missing:
                self._open.remove(segment)
            return segment.index, False
        if kind not in _FIRST:
            return None
        missing = {each for each in self._kinds if each is not kind}
        if missing:
            self._open.append(
                _Segment(
                    index=self._count,
                    text=answer.text,
                    missing=missing,
                    due=now + self._grace_s,
                )
            )
        self._count += 1
        return self._count - 1, True

    def stop_waiting(self, *, now: float) -> None:
        """Await no longer what is overdue."""
        for each in self._open:
            each.awaited = each.awaited and each.due > now
