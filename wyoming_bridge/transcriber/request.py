"""What a client wants of one utterance, beside a transcript."""

from dataclasses import dataclass
from typing import Final

from ..endpointing.settings import Endpointing

__all__ = ["DEFAULT_OPTIONS", "RequestOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """One utterance's. Whatever is absent is as the profile has it."""

    language: str | None = None
    """What is spoken, ISO 639-1 with or without region."""
    terms: tuple[str, ...] = ()
    """Names and terms that may be said, the most important first."""
    endpointing: Endpointing | None = None
    """How the end is found."""


DEFAULT_OPTIONS: Final = RequestOptions()
"""As the profile has it."""
