"""What an utterance says while it lasts, for entities that show it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from homeassistant.util.signal_type import SignalType

from .bridge import BridgeError, Result, Revision
from .const import DOMAIN


class TranscriptKind(StrEnum):
    """What is known of an utterance."""

    PARTIAL = "partial"
    """Its text as it stands: it may change, and replaces the partial before it."""
    FINAL = "final"
    """Its text."""
    ERROR = "error"
    """That there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One piece of news about an utterance."""

    kind: TranscriptKind
    text: str = ""
    language: str | None = None
    """As the service heard it, where it tells."""
    code: str | None = None
    """Of the error."""

    @classmethod
    def of(cls, happened: Revision | Result | BridgeError) -> Self:
        """The news in what an utterance gives."""
        match happened:
            case Revision(text=text):
                return cls(kind=TranscriptKind.PARTIAL, text=text)
            case Result(text=text, language=language):
                return cls(kind=TranscriptKind.FINAL, text=text, language=language)
            case BridgeError(code=code):
                return cls(kind=TranscriptKind.ERROR, code=code)


_SIGNAL: Final = f"{DOMAIN}_transcript_"


def signal_of(subentry_id: str) -> SignalType[Transcript]:
    """The signal with which a subentry's utterances are told."""
    return SignalType(f"{_SIGNAL}{subentry_id}")
