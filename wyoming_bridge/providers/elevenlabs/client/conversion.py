"""Converts ElevenLabs' transcripts, words and entities to events."""

import math
from collections.abc import Sequence

from ....events import Entity, FinalText, Word, WordKind
from ...audio_clock import AudioClock
from ..pairing import CommitAnswer
from ..transcripts import CommittedTranscriptWithTimestamps, TimedWord
from ..transcripts import Entity as WireEntity

__all__ = ["entities_of", "final_of", "words_of"]


def final_of(answer: CommitAnswer, clock: AudioClock) -> FinalText:
    """Return the event for the first answer to a commit, with its words if it has any."""
    timed = answer if isinstance(answer, CommittedTranscriptWithTimestamps) else None
    words = words_of(timed.words or (), clock) if timed else ()
    spoken = [word for word in words if word.start_ms is not None]
    return FinalText(
        text=answer.text,
        words=words,
        start_ms=spoken[0].start_ms if spoken else None,
        end_ms=spoken[-1].end_ms if spoken else None,
        language=timed.language_code if timed else None,
        is_new=True,
    )


def words_of(words: Sequence[TimedWord], clock: AudioClock) -> tuple[Word, ...]:
    """Return the words, with times that exclude the added silence."""
    return tuple(_word(word, clock) for word in words)


def entities_of(entities: Sequence[WireEntity]) -> tuple[Entity, ...]:
    """Return the entities of a message as entities of an event."""
    return tuple(
        Entity(
            text=each.text,
            kind=each.entity_type,
            start_char=each.start_char,
            end_char=each.end_char,
        )
        for each in entities
    )


def _word(word: TimedWord, clock: AudioClock) -> Word:
    kind = WordKind(word.type) if word.type in set(WordKind) else WordKind.WORD
    logprob = word.logprob
    return Word(
        text=word.text if kind is WordKind.SPACING else word.text.strip(),
        start_ms=_milliseconds(word.start, clock),
        end_ms=_milliseconds(word.end, clock),
        confidence=None if logprob is None else math.exp(min(logprob, 0.0)),
        kind=kind,
        speaker=word.speaker_id,
    )


def _milliseconds(seconds: float | None, clock: AudioClock) -> int | None:
    return None if seconds is None else clock.without_added(round(seconds * 1000))
