"""Updates of a transcript, which the stt entity sends to the event entity."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from homeassistant.util.signal_type import SignalType

from .bridge import BridgeError, Completeness, Result, Revision
from .const import DOMAIN


class TranscriptKind(StrEnum):
    """The kind of an update."""

    PARTIAL = "partial"
    """The text so far; it may change, and replaces the previous partial."""
    FINAL = "final"
    """The text of the whole utterance."""
    ERROR = "error"
    """The utterance failed, so there is no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptUpdate:
    """One update of the transcript of an utterance."""

    kind: TranscriptKind
    utterance_id: str
    """The id of the utterance. Several satellites can use one entity at the same time."""
    text: str = ""
    language: str | None = None
    """The language that the service detected; None if unknown."""
    code: str | None = None
    """The code of the error."""
    said: str | None = None
    """The text as the service wrote it, if ``text`` differs."""
    repair: str | None = None
    """Why the text was repaired; None if it was not."""
    completeness: Completeness | None = None
    """Whether the text is a whole command of the house; None if that was not checked."""

    @classmethod
    def of(cls, update: Revision | Result | BridgeError, *, utterance_id: str) -> Self:
        """Convert a revision, a result or an error of an utterance."""
        match update:
            case Revision(text=text):
                return cls(kind=TranscriptKind.PARTIAL, utterance_id=utterance_id, text=text)
            case Result():
                return cls(
                    kind=TranscriptKind.FINAL,
                    utterance_id=utterance_id,
                    text=update.text,
                    language=update.language,
                    said=update.said,
                    repair=update.repair,
                    completeness=update.completeness,
                )
            case BridgeError(code=code):
                return cls(kind=TranscriptKind.ERROR, utterance_id=utterance_id, code=code)


_SIGNAL: Final = f"{DOMAIN}_transcript_"


def transcript_signal(subentry_id: str) -> SignalType[TranscriptUpdate]:
    """Return the dispatcher signal for the transcripts of a subentry."""
    return SignalType(f"{_SIGNAL}{subentry_id}")
