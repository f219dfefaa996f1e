"""A piece of speech in the audio of one voice, and the units in which positions are counted."""

from dataclasses import dataclass, field
from typing import Final

from ...audio import PCM_16K_MONO
from .evidence import NO_EVIDENCE, Evidence

__all__ = ["SAMPLES_PER_MS", "SAMPLE_BYTES", "Piece"]

SAMPLES_PER_MS: Final = PCM_16K_MONO.sample_rate_hz // 1000

SAMPLE_BYTES: Final = PCM_16K_MONO.bytes_per_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of speech. Two equal pieces of one voice have the same audio."""

    start: int
    """The first sample, counted from the first audio of the voice."""
    end: int
    """The first sample after the piece, counted in the same way."""
    evidence: Evidence = field(default=NO_EVIDENCE, compare=False)
    sure_part: "Piece | None" = field(default=None, compare=False)
    """The longest beginning of the piece for which the detector was sure. It is None if there is
    none, or if the detector is sure of the whole piece."""

    is_cut: bool = field(default=False, compare=False)
    """Whether this is the ``sure_part`` of a longer piece."""

    @property
    def spoken_part(self) -> "Piece | None":
        """The part whose text is used, for an engine that does not report how sure it is."""
        return self if self.evidence.is_speech() else self.sure_part
