"""The limits and weights that decide whether a text is repaired."""

from dataclasses import dataclass
from typing import Final

__all__ = ["TUNING", "Tuning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The limits and weights that decide whether a text is repaired.

    Distances are between 0 and 1, and log probabilities are natural logarithms. Values without a
    reason were chosen on 31 recorded commands and 73 recordings of free speech.
    """

    scored_distance: float = 0.35
    """Largest distance of a command that the recogniser's score supports."""
    careful_distance: float = 0.20
    """Largest distance of a command that is used in mode ``careful`` without a score."""
    loose_distance: float = 0.27
    """Largest distance of a command that is used in mode ``on`` although no score supports it. It
    is between the two values above. With 0.35 and without scores, 18 of 132 commands were replaced
    by other commands."""
    careful_change: float = 1.5
    """Largest `cost` of a word that is replaced without a score: a wrong consonant and a wrong
    vowel. The distance alone is not enough, because in a long command a whole name is a small part
    of it: a command for the "dining room" is 0.13 from that for the "living room"."""
    loose_change: float = 2.0
    """The same in mode ``on``."""
    added_change: float = 1.0
    """The same for words that only one of the two texts has, such as "in"."""
    invented_sounds: int = 2
    """The most sounds in one place of a command for which nothing was heard, even if the score
    supports it: a short word, such as "to", but not "open". None of 99 right repairs of recorded
    and synthetic commands needed more."""
    guarded_distance: float = 0.10
    """Largest distance of a guarded command: about one sound in ten. Without a score, it is also
    that of a command of one word."""
    distance_weight: float = 4.0
    """How much a distance of 1 lowers the score of a candidate, in nats."""
    token_loss: float = 1.5
    """How much less likely than the heard text a command may be, in nats per token."""
    least_log_probability: float = -4.5
    """The least log probability of a command, in nats per token. If the audio is neither the
    command nor the heard text, both are improbable, so that their difference says nothing: "next"
    was 0.8 nats below "- 5%.", at -10.1. Right repairs of recorded and synthetic commands had at
    least -3.5, and wrong ones at most -5.6."""
    opposite_margin: float = 1.0
    """How much more likely than its opposite a command must be, in nats."""
    opposite_distance: float = 0.02
    """How much smaller the distance of a command must be than that of its opposite, and than that
    of a similar command with another name, if there is no score: half a sound in a text of 25
    sounds."""
    longest_speech_s: float = 12.0
    """Longer speech is not repaired, because commands are shorter."""
    most_words: int = 20
    """A text with more words is not repaired, because commands have fewer."""


TUNING: Final = Tuning()
