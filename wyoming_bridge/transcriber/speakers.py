"""What each speaker said, if the service tells speakers apart."""

from collections.abc import Iterable, Iterator

from ..events import FinalText, WordKind
from .joining import joined
from .result import SpeakerText

__all__ = ["texts_by_speaker"]


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


def _spoken(final: FinalText) -> Iterator[tuple[str | None, str]]:
    """Yield the speaker of each word with the word.

    If the final has at most one speaker, yield this speaker with the whole text.
    """
    speakers = {word.speaker for word in final.words if word.speaker is not None}
    if final.speaker is not None or len(speakers) < 2:  # noqa: PLR2004 - one speaker, or none
        yield final.speaker or next(iter(speakers), None), final.text
        return
    for word in final.words:
        if word.kind is not WordKind.SPACING:
            yield word.speaker, word.text
