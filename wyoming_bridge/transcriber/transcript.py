"""What the service has said so far, put together."""

import re
from dataclasses import replace
from typing import Final as Constant

from ..events import Final, FinalEnriched, Partial, SessionEvent, SpeakersMerged, Word
from .result import Revision

__all__ = ["Transcript"]

_UNSPACED: Constant = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
)
"""Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


class Transcript:
    """The finals of one utterance, and the partial that follows them."""

    def __init__(self) -> None:
        self._finals: list[Final] = []
        self._settled = ""
        self._partial = ""

    def take(self, event: SessionEvent) -> bool:
        """Take an event; tells whether the text may have changed."""
        match event:
            case Partial(text=text):
                self._partial = text.strip()
            case Final():
                self._finals.append(event)
                self._settled = _joined(self._settled, event.text)
                self._partial = ""
            case FinalEnriched(segment=segment) if segment < len(self._finals):
                final = self._finals[segment]
                self._finals[segment] = replace(
                    final,
                    words=event.words or final.words,
                    language=event.language or final.language,
                )
                return False
            case SpeakersMerged():
                self._finals = [_merged(final, event) for final in self._finals]
                return False
            case _:
                return False
        return True

    @property
    def settled(self) -> str:
        """The text that will not change."""
        return self._settled

    @property
    def text(self) -> str:
        """All text, the partial last."""
        return _joined(self._settled, self._partial)

    @property
    def has_open_partial(self) -> bool:
        """Whether words were heard that no final has confirmed."""
        return bool(self._partial)

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of all finals."""
        return tuple(word for final in self._finals for word in final.words)

    @property
    def language(self) -> str | None:
        """As the service detected it last."""
        return next((f.language for f in reversed(self._finals) if f.language), None)

    def revision(self) -> Revision:
        """The transcript as it stands."""
        return Revision(text=self.text, settled=self.settled)


def _merged(final: Final, event: SpeakersMerged) -> Final:
    words = tuple(
        replace(word, speaker=event.into) if word.speaker == event.speaker else word
        for word in final.words
    )
    speaker = event.into if final.speaker == event.speaker else final.speaker
    return replace(final, words=words, speaker=speaker)


def _joined(settled: str, fresh: str) -> str:
    fresh = fresh.strip()
    if not settled or not fresh:
        return settled or fresh
    between = "" if _UNSPACED.match(settled[-1]) and _UNSPACED.match(fresh[0]) else " "
    return f"{settled}{between}{fresh}"
