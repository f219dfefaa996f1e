"""What a client can ask for with one utterance."""

from dataclasses import dataclass
from typing import Final

from ..endpointing.settings import Endpointing

__all__ = ["DEFAULT_OPTIONS", "RequestOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """The options of one utterance. The profile's setting holds for each one that is absent."""

    language: str | None = None
    """The spoken language, ISO 639-1 with or without a region."""
    terms: tuple[str, ...] = ()
    """Names and terms to bias the recognition towards, the most important first."""
    endpointing: Endpointing | None = None
    """How the end of the utterance is found."""


DEFAULT_OPTIONS: Final = RequestOptions()
"""Nothing asked for: all settings are the profile's."""
