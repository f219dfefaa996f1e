"""The rule that decides which sounds are speech, from what the voice detector reported.

The models of the engines invent words for sounds that are not speech. All engines use this rule, so
that music, hum and noise have no text. ADR 41 describes it.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["NO_EVIDENCE", "SHORT_MS", "Evidence"]

MIN_SPEECH_SHARE: Final = 0.25
"""A piece with a lower speech share is not speech, even if the engine is sure. With eight different
noises 20 dB below the speech, the recorded command "pause" had a share of 0.28 to 0.41, and the
other recorded commands at least 0.46. In 28 of 70 excerpts of music, no piece reached 0.25."""

SURE_SPEECH_SHARE: Final = 0.5
"""The speech share from which the detector is sure. With 0.4, it is sure of 7 instead of 6 of 70
excerpts of music. With 0.6, it is not sure of 2 more of 340 recordings of speech."""

SURE_CERTAINTY: Final = 0.8
"""The certainty from which the detector is sure. With 0.7, it is sure of 11 instead of 6 of 70
excerpts of music. With 0.9, it is sure of only 1 of them, but it is not sure of 13 instead of 5 of
340 recordings of speech. One of these is the command "pause" without noise."""

SHORT_MS: Final = 1800
"""Pieces of up to this length may be a single word, for which the detector is often not sure. The
piece of the recorded command "pause" is 1.1 to 1.6 s long, 0.5 s of which are before and after the
speech."""

MIN_ENGINE_CERTAINTY: Final = 0.5
"""The probability of the first token from which an engine is sure of its text. For music,
Moonshine's tiny model reported at most 0.37. But it also reported less than 0.5 for a fifth of the
commands, so this limit alone is not enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How likely it is that a piece is speech, from what the detector reported."""

    speech_share: float
    """The time in which the detector reported speech, divided by the time in which there was sound.
    It can exceed 1, because the detector still reports speech for up to 0.7 s after its end."""
    certainty: float
    """The median probability of the frames that count as speech; 0 to 1."""
    is_short: bool = False
    """Whether the piece may be a single word."""

    @property
    def may_be_speech(self) -> bool:
        """Whether the piece may be speech. If not, no engine returns text for it."""
        return self.speech_share >= MIN_SPEECH_SHARE

    @property
    def is_sure(self) -> bool:
        """Whether the detector is sure that the piece is speech."""
        return self.speech_share >= SURE_SPEECH_SHARE and self.certainty >= SURE_CERTAINTY

    def is_speech(self, *, engine_certainty: float | None = None) -> bool:
        """Return whether the text of the piece is used.

        ``engine_certainty`` is the probability of the first token of the text, 0 to 1; None if the
        engine does not report it.
        """
        if self.is_sure:
            return True
        if engine_certainty is None:
            return self.may_be_speech and self.is_short
        return self.may_be_speech and engine_certainty >= MIN_ENGINE_CERTAINTY


NO_EVIDENCE: Final = Evidence(speech_share=0.0, certainty=0.0)
