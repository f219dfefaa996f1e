"""Decides how long a silence must be to end an utterance, and by which rule."""

from dataclasses import dataclass

from .endpoint import SilenceRule
from .settings import Endpointing
from .tuning import Tuning

__all__ = ["SilenceLimit"]


@dataclass(frozen=True, slots=True)
class _Pause:
    """A pause whose length depends on the text of the speech before it."""

    covered_ms: int
    """Detected speech that ends later than this is new speech, which ends the pause."""
    silence_ms: int
    rule: SilenceRule


class SilenceLimit:
    """The silence that ends one utterance. Positions are milliseconds from the first audio."""

    def __init__(self, settings: Endpointing, *, tuning: Tuning) -> None:
        self._silence_ms = settings.silence_ms
        self._words_only_ms = settings.silence_ms + tuning.words_only_extra_silence_ms
        self._continued_ms = settings.silence_ms + tuning.text_hold_ms
        self._pause: _Pause | None = None

    def set_pause(self, silence_ms: int, rule: SilenceRule, *, covered_ms: int) -> None:
        """Set the limit for the present pause. Speech after ``covered_ms`` ends the pause."""
        self._pause = _Pause(covered_ms=covered_ms, silence_ms=silence_ms, rule=rule)

    def after(self, voice_end_ms: int | None) -> tuple[int, SilenceRule]:
        """Return how long the silence after the last detected speech must be, and the rule.

        ``voice_end_ms`` is None if there are words, but the detector found no speech.
        """
        pause = self._pause
        if voice_end_ms is None:
            return self._words_only_ms, SilenceRule.WORDS_ONLY
        if pause is None:
            return self._silence_ms, SilenceRule.ORDINARY
        if voice_end_ms <= pause.covered_ms:
            return pause.silence_ms, pause.rule
        # The pause followed an unfinished command, which the text of the new speech may complete.
        if pause.silence_ms > self._silence_ms:
            return self._continued_ms, SilenceRule.CONTINUED
        return self._silence_ms, SilenceRule.ORDINARY
