"""The speakers of finals, and what each of them said, if the service tells speakers apart."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..events import FinalText, SpeakersMerged, WordKind
from .joining import joined
from .result import SpeakerText

__all__ = ["speaker_of", "texts_by_speaker", "with_merged_speakers"]


def texts_by_speaker(finals: Iterable[FinalText], *, partial: str) -> tuple[SpeakerText, ...]:
    """Return the text of each speaker, in the order in which they began to speak.

    The partial belongs to the speaker None, because services name speakers only in finals. The
    result is empty if no speaker is known.
    """
    texts: dict[str | None, str] = {}
    for final in finals:
        for speaker, text in _spoken(final):
            texts[speaker] = joined(texts.get(speaker, ""), text)
    if not any(texts):
        return ()
    if partial:
        texts[None] = joined(texts.get(None, ""), partial)
    return tuple(SpeakerText(speaker=speaker, text=text) for speaker, text in texts.items())


def speaker_of(final: FinalText) -> str | None:
    """Return the speaker of a final; None if it is unknown or if there are several."""
    if final.speaker:
        return final.speaker
    speakers = _speakers_of_words(final)
    return speakers.pop() if len(speakers) == 1 else None


def with_merged_speakers(final: FinalText, merged: SpeakersMerged) -> FinalText:
    """Return a final in which the speaker ``merged.speaker`` has become ``merged.into``."""
    words = tuple(
        replace(word, speaker=merged.into) if word.speaker == merged.speaker else word
        for word in final.words
    )
    speaker = merged.into if final.speaker == merged.speaker else final.speaker
    return replace(final, words=words, speaker=speaker)


def _spoken(final: FinalText) -> Iterator[tuple[str | None, str]]:
    """Yield the speaker of each word with the word.

    If the final has at most one speaker, yield this speaker with the whole text.
    """
    if final.speaker is not None or len(_speakers_of_words(final)) < 2:  # noqa: PLR2004 - one speaker, or none
        yield speaker_of(final), final.text
        return
    for word in final.words:
        if word.kind is not WordKind.SPACING:
            yield word.speaker, word.text


def _speakers_of_words(final: FinalText) -> set[str]:
    return {word.speaker for word in final.words if word.speaker is not None}
