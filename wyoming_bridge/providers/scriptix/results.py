"""The results of the emulated Scriptix, in both formats."""

from ...events import FinalText, PartialText, Word
from . import messages as wire

__all__ = ["ResultWriter"]


class ResultWriter:
    """Writes the results of one session."""

    def __init__(self, *, older: bool) -> None:
        self._older = older
        self._offset_ms = 0
        self._partial: list[str] = []

    def partial(self, partial: PartialText) -> str | None:
        """Return the message for a partial text; None if it has no words."""
        words = partial.text.split()
        if not words:
            return None
        stability = partial.stability
        if stability is None:
            # The stability is the share of the words, from the first, that have not changed since
            # the previous partial text.
            kept = 0
            while kept < min(len(words), len(self._partial)) and words[kept] == self._partial[kept]:
                kept += 1
            stability = round(kept / len(words), 2)
        self._partial = words
        if self._older:
            return wire.OlderPartial(text=partial.text).to_json()
        return wire.PartialResult(
            text=partial.text, offset_ms=self._offset_ms, stability=stability
        ).to_json()

    def final(self, final: FinalText) -> str | None:
        """Return the message for a final text; None if neither it nor a partial text had words.

        After a partial text, an empty final text is sent too, because it retracts the partial text.
        """
        is_silence = not (final.text or self._partial)
        offset_ms, self._offset_ms = self._offset_ms, final.end_ms or self._offset_ms
        self._partial = []
        if is_silence:
            return None
        if self._older:
            words = tuple(_word(word, offset_ms=0) for word in final.words)
            return wire.OlderResult(text=final.text, words=words, speaker=final.speaker).to_json()
        return wire.FinalResult(
            text=final.text,
            offset_ms=offset_ms,
            words=tuple(_word(word, offset_ms=offset_ms) for word in final.words),
            speaker=final.speaker,
        ).to_json()


def _word(word: Word, *, offset_ms: int) -> wire.ResultWord:
    return wire.ResultWord(
        text=f" {word.text}",
        start_ms=max(0, (word.start_ms or 0) - offset_ms),
        end_ms=max(0, (word.end_ms or 0) - offset_ms),
        confidence=1.0 if word.confidence is None else round(word.confidence, 4),
    )
