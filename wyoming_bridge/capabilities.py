"""What a service, one session with it, or a profile of a bridge can do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final, Self

__all__ = ["EVERYTHING", "Capabilities", "ProfileCapabilities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a service can do. The bridge refuses what a service cannot do, instead of emulating it.

    A provider's capabilities are those of the service that it is named after; ``docs/evidence`` has
    the source of each value. Several servers may speak a provider's protocol. A session then
    reports the capabilities of the server that answered.
    """

    partials: bool
    """Sends text while the user is still speaking."""
    flush: bool
    """Sends a final text on request, without ending the session."""
    flush_ids: bool
    """Names the request that a final text answers."""
    word_times: bool
    """Sends the time of each word of a final text."""
    confidence: bool
    """Sends the probability of each word of a final text."""
    stability: bool
    """Sends the probability that a partial text will not change."""
    speakers: bool
    """Distinguishes speakers."""
    server_vad: bool
    """Can detect the end of speech itself, with settings for the detection."""
    url_source: bool
    """Can fetch the audio from an address itself."""
    bias_terms: int
    """The most terms that a session can favour; ``0`` if it cannot favour any."""
    bias_characters: int | None = None
    """The most characters of such a term; ``None`` if no limit is known."""
    binary_audio: bool
    """Receives audio as binary messages, and not as base64 in JSON, which is a third larger."""
    min_flush_ms: int
    """The shortest audio for which a final text can be requested; ``0`` if no limit is known."""
    max_segment_ms: int | None
    """The longest audio before a final text must be requested; ``None`` if no limit is known."""
    languages: tuple[str, ...]
    """The languages that the service is known to support, ISO 639-1; empty if no language can be
    requested. The bridge also requests languages that are not listed here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCapabilities:
    """What a profile of a bridge, or one of its fallbacks, can do with a client's settings."""

    flush: bool = True
    """Whether a final text can be requested, without ending the session."""
    server_vad: bool = True
    """Whether the service can detect the end of speech itself."""
    bias_terms: bool = True
    """Whether the service or the engine favours terms."""

    def to_data(self) -> dict[str, object]:
        """Return the capabilities as JSON values."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: object) -> Self:
        """Return the capabilities from JSON values.

        Everything that the values do not deny is possible, because older bridges deny nothing.
        """
        values = data if isinstance(data, Mapping) else {}
        return cls(**{each.name: values.get(each.name) is not False for each in fields(cls)})


EVERYTHING: Final = ProfileCapabilities()
"""What a profile can do if nothing is known about it."""
