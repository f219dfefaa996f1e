"""The answers of the emulated ElevenLabs to a commit."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from ....events import FinalText, Word
from .. import transcripts as wire
from ..behaviour import ElevenLabsBehaviour
from ..pairing import CommitAnswer
from ..settings import ElevenLabsSettings

__all__ = ["answers_to"]

_SPEAKER: Final = "speaker_0"
"""The speaker of all words if the engine does not distinguish speakers."""


def answers_to(
    final: FinalText,
    *,
    segment: int,
    settings: ElevenLabsSettings,
    language: str,
    behaviour: ElevenLabsBehaviour,
) -> Iterator[wire.SettledTranscript | CommitAnswer]:
    """Yield the committed transcript, and then the details that the session requested."""
    text, entities = final.text, behaviour.entities
    if behaviour.settles:
        yield wire.SettledTranscript(text=text)
    pair = [*_pair(final, segment=segment, settings=settings, language=language)]
    yield from reversed(pair) if behaviour.timed_first else pair
    if settings.entity_detection:
        yield wire.CommittedTranscriptEntities(
            text=text, entities=_found(text, entities, wanted=settings.entity_detection)
        )
    if settings.entity_redaction:
        found = _found(text, entities, wanted=settings.entity_redaction)
        yield wire.RedactedTranscript(
            text=text, redacted_text=_redacted(text, found, mode=settings.entity_redaction_mode)
        )
    if settings.transcript_edit:
        yield wire.EditedTranscript(text=text, edited_text=_edited(text, behaviour.edits))
    if settings.diarize:
        speaker = final.speaker or _SPEAKER
        yield wire.DiarizedTranscript(
            segment_index=segment, text=text, words=tuple(_timed(final.words, speaker=speaker))
        )


def _pair(
    final: FinalText, *, segment: int, settings: ElevenLabsSettings, language: str
) -> Iterator[CommitAnswer]:
    """Yield the committed transcript. If requested, yield it again with words or language."""
    index = segment if settings.diarize else None
    yield wire.CommittedTranscript(text=final.text, segment_index=index)
    detects = settings.include_language_detection
    if settings.include_timestamps or detects:
        yield wire.CommittedTranscriptWithTimestamps(
            text=final.text,
            language_code=language if detects else None,
            words=tuple(_timed(final.words)) if settings.include_timestamps else None,
        )


def _edited(text: str, edits: Mapping[str, str]) -> str:
    """Return the text with whole words replaced."""
    return " ".join(edits.get(word, word) for word in text.split())


def _timed(words: tuple[Word, ...], *, speaker: str | None = None) -> Iterator[wire.TimedWord]:
    """Yield the words and the spaces between them. Joined, their texts are the transcript."""
    before: Word | None = None
    for word in words:
        if before:
            yield wire.TimedWord(
                text=" ",
                type="spacing",
                start=_seconds(before.end_ms),
                end=_seconds(word.start_ms),
                speaker_id=speaker,
                logprob=0.0,
            )
        yield wire.TimedWord(
            text=word.text,
            start=_seconds(word.start_ms),
            end=_seconds(word.end_ms),
            speaker_id=word.speaker or speaker,
            # The logarithm of 0 is minus infinity, which JSON does not have.
            logprob=math.log(max(word.confidence, 1e-9)) if word.confidence is not None else 0.0,
        )
        before = word


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _found(
    text: str, entities: Mapping[str, str], *, wanted: tuple[str, ...]
) -> tuple[wire.Entity, ...]:
    """Return the entities of the wanted types in a text, sorted by position.

    Of several entities at the same position, the longest is the first.
    """
    found = [
        wire.Entity(text=match[0], entity_type=kind, start_char=match.start(), end_char=match.end())
        for name, kind in entities.items()
        if name and {"all", kind} & set(wanted)
        # The text is not converted to lower case, because that can change the number of characters
        # and so the indexes.
        for match in re.finditer(re.escape(name), text, re.IGNORECASE)
    ]
    return tuple(sorted(found, key=lambda each: (each.start_char, -each.end_char)))


def _redacted(text: str, entities: tuple[wire.Entity, ...], *, mode: str) -> str:
    """Replace each entity with a name in braces, as the service's client library shows it."""
    shown, end = "", 0
    counts: dict[str, int] = {}
    for each in entities:
        if each.start_char < end:  # inside the previous entity
            continue
        kind = each.entity_type.upper()
        counts[kind] = counts.get(kind, 0) + 1
        match mode:
            case "redacted":
                name = "REDACTED"
            case "entity_type":
                name = kind
            case _:
                name = f"{kind}_{counts[kind]}"
        shown += f"{text[end : each.start_char]}{{{name}}}"
        end = each.end_char
    return shown + text[end:]
