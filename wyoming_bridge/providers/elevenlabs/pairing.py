"""Finds the segment that a message belongs to.

The service answers a commit with one or several messages without ids, in varying order. Messages of
one type arrive in the order of the commits, and all messages of a commit have the same text.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from .settings import ElevenLabsSettings
from .transcripts import (
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    EditedTranscript,
    Enrichment,
    RedactedTranscript,
)

__all__ = ["CommitAnswer", "Segments"]

CommitAnswer = CommittedTranscript | Enrichment
"""A message that answers a commit."""

_FIRST: Final = (CommittedTranscript, CommittedTranscriptWithTimestamps)
"""One of these two messages is the first answer to a commit. All other messages follow it."""

_SECOND_GRACE_S: Final = 0.25
"""How long to wait for the other message of ``_FIRST``. It was observed about 15 ms later."""

_EXTRA_GRACE_S: Final = 3.0
"""How long to wait for entities, speakers and changed texts. The service may need a language model
for them."""

_MAX_OPEN: Final = 16
"""Maximum number of segments with missing answers. If there are more, the oldest is dropped.
Speaking 16 commands takes about two minutes. Answers that have been missing for so long will not
come any more."""


@dataclass(slots=True, kw_only=True)
class _Segment:
    index: int
    text: str
    missing: set[type[CommitAnswer]]
    due: float
    """When to stop waiting for missing answers, in monotonic seconds. Late ones are still used."""
    awaited: bool = field(default=True)


class Segments:
    """The segments of a session that have missing answers."""

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
        self._grace_s = _EXTRA_GRACE_S if extras else _SECOND_GRACE_S
        self._open: deque[_Segment] = deque(maxlen=_MAX_OPEN)
        self._count = 0

    @property
    def due(self) -> float | None:
        """The earliest time to stop waiting for a segment; None if no answer is awaited."""
        return min((each.due for each in self._open if each.awaited), default=None)

    @property
    def first_awaited(self) -> int | None:
        """The index of the oldest segment with awaited answers; None if no answer is awaited."""
        return next((each.index for each in self._open if each.awaited), None)

    def awaits_second(self, segment: int) -> bool:
        """Return whether the segment still waits for the other message of ``_FIRST``."""
        return any(
            each.index == segment and each.awaited and not each.missing.isdisjoint(_FIRST)
            for each in self._open
        )

    def is_first(self, answer: CommitAnswer) -> bool:
        """Return whether an answer would begin a segment."""
        return isinstance(answer, _FIRST) and self._lacking(answer) is None

    def take(self, answer: CommitAnswer, *, now: float) -> tuple[int, bool] | None:
        """Return the index of the answer's segment, and whether it is the segment's first answer.

        Return None if the answer belongs to no segment.
        """
        kind = type(answer)
        segment = self._lacking(answer)
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

    def _lacking(self, answer: CommitAnswer) -> _Segment | None:
        """Return the segment that this answer is for; None if no segment lacks such an answer."""
        lacking = [each for each in self._open if type(answer) in each.missing]
        segment = next((each for each in lacking if each.text == answer.text), None)
        return segment or next((each for each in lacking if each.awaited), None)

    def stop_waiting(self, *, now: float) -> None:
        """Stop waiting for overdue answers."""
        for each in self._open:
            each.awaited = each.awaited and each.due > now
