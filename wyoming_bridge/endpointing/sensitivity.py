"""How soon silence ends an utterance, as a client requests it."""

from dataclasses import replace
from enum import StrEnum
from typing import Final

from .settings import MAX_SILENCE_MS, MIN_SILENCE_MS, Endpointing

__all__ = ["Sensitivity", "with_sensitivity"]


class Sensitivity(StrEnum):
    """How soon silence ends an utterance. The names are Wyoming's."""

    AGGRESSIVE = "aggressive"
    DEFAULT = "default"
    RELAXED = "relaxed"


_SILENCE_FACTORS: Final = {
    Sensitivity.AGGRESSIVE: 0.5,
    Sensitivity.DEFAULT: 1.0,
    Sensitivity.RELAXED: 2.0,
}
"""The factors for the silences that end an utterance. Home Assistant's factors are 0.36 and 1.8,
and its default is 0.7 s. The factor 0.5 changes our default of 0.6 s to 0.3 s. A shorter silence
would also end utterances at the pauses of quick speakers."""


def with_sensitivity(settings: Endpointing, sensitivity: Sensitivity) -> Endpointing:
    """Return a profile's settings, with all silences that end an utterance scaled."""
    factor = _SILENCE_FACTORS[sensitivity]

    def scaled(silence_ms: int) -> int:
        return min(MAX_SILENCE_MS, max(MIN_SILENCE_MS, round(silence_ms * factor)))

    silence_ms = scaled(settings.silence_ms)
    return replace(
        settings,
        silence_ms=silence_ms,
        speculate_ms=settings.speculate_ms_before(silence_ms),
        complete_silence_ms=scaled(settings.complete_silence_ms),
        extendable_silence_ms=scaled(settings.extendable_silence_ms),
        unfinished_silence_ms=scaled(settings.unfinished_silence_ms),
    )
