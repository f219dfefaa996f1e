"""What the commands of a house say about a text."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Completeness", "Repair", "RepairMode", "Score"]


class Completeness(StrEnum):
    """Whether a text is a whole command of the house."""

    COMPLETE = "complete"
    """A command whose meaning cannot be changed by further words."""
    EXTENDABLE = "extendable"
    """A command whose meaning can be changed by further words: after "turn on the lights", the user
    may say "in the kitchen"."""
    UNFINISHED = "unfinished"
    """Only the beginning of a command: "turn on the"."""
    UNKNOWN = "unknown"
    """Anything else, such as free speech."""


class RepairMode(StrEnum):
    """Whether a transcript is replaced by the command of the house that sounds like it."""

    OFF = "off"
    """Never."""
    CAREFUL = "careful"
    """If the recogniser's scores support the command. Without scores, if the command sounds nearly
    the same as the transcript."""
    ON = "on"
    """As with ``careful``, and also if the command only sounds similar, whether the recogniser's
    scores support it or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well a sentence fits the audio, by a recogniser's own measure."""

    log_probability: float
    """The natural logarithm of the probability of the whole sentence, given the audio."""
    tokens: int
    """How many tokens of the recogniser the sentence has, at least 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A transcript that is replaced by a command of the house."""

    text: str
    """The command, as the house writes it."""
    reason: str
    """Why the transcript is replaced, as a phrase for the log, such as "sounds like a command,
    distance 0.12"."""
