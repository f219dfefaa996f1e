"""Why an utterance ended, and which limit it reached."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final, Self

__all__ = ["CLIENT_ENDED", "Ending", "Endpoint", "SilenceRule"]


class Ending(StrEnum):
    """What ended an utterance."""

    CLIENT = "client"
    """The client's audio ended."""
    SILENCE = "silence"
    """The speaker was silent for long enough."""
    PROVIDER = "provider"
    """The service found the end of speech."""
    NO_SPEECH = "no_speech"
    """There was no speech before the timeout."""
    TOO_LONG = "too_long"
    """The utterance reached its maximum length."""
    AUDIO_LOST = "audio_lost"
    """No more audio arrived, but the client did not report the end of its audio. The utterance then
    has no text, or an error instead of its text."""


class SilenceRule(StrEnum):
    """The rule that decides how much silence ends an utterance."""

    ORDINARY = "ordinary"
    """``silence_ms``, because the text of the latest speech is not interpreted."""
    COMPLETE = "complete"
    """``complete_silence_ms``, after a complete command."""
    EXTENDABLE = "extendable"
    """``extendable_silence_ms``, after a command to which words can be added."""
    UNFINISHED = "unfinished"
    """``unfinished_silence_ms``, after the beginning of a command."""
    NO_COMMAND = "no_command"
    """``silence_ms``, after a text that is not a command of the house."""
    CONTINUED = "continued"
    """``silence_ms`` plus ``text_hold_ms``: more speech followed the beginning of a command, and
    its text is not interpreted yet."""
    WORDS_ONLY = "words_only"
    """``silence_ms`` plus ``words_only_extra_silence_ms``: the service sent words, but the detector
    found no speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What ended an utterance, and the limit that it reached."""

    ended_by: Ending
    silence_ms: float | None = None
    """The time from the end of the speech to the end of the utterance; None if the detector found
    no speech."""
    limit_ms: float | None = None
    """The limit that was reached: the required silence, the time allowed without speech, or the
    maximum length; None if no limit ended the utterance."""
    rule: SilenceRule | None = None
    """The rule that ``limit_ms`` comes from; None if silence did not end the utterance."""

    def to_data(self) -> dict[str, object]:
        """Return the fields as JSON values, without those that are None."""
        values = asdict(self).items()
        return {
            name: round(value, 1) if isinstance(value, float) else value
            for name, value in values
            if value is not None
        }

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self | None:
        """Return the endpoint in JSON values; None if they do not say what ended the utterance.

        A newer bridge may send an unknown name. An unknown rule is left out.
        """
        ending, rule = data.get("ended_by"), data.get("rule")
        if ending not in set(Ending):
            return None
        return cls(
            ended_by=Ending(str(ending)),
            silence_ms=_number(data.get("silence_ms")),
            limit_ms=_number(data.get("limit_ms")),
            rule=SilenceRule(str(rule)) if rule in set(SilenceRule) else None,
        )

    def __str__(self) -> str:
        """Return the reason as a phrase, such as "the client ended the audio"."""
        silence_ms, limit_ms = self.silence_ms, self.limit_ms
        match self.ended_by:
            case Ending.SILENCE if silence_ms is not None and limit_ms is not None:
                after = _CASES.get(self.rule, "") if self.rule else ""
                return f"{silence_ms:.0f} ms of silence; {limit_ms:.0f} ms are enough{after}"
            case Ending.NO_SPEECH if limit_ms is not None:
                return f"there was no speech within {limit_ms / 1000:g} s"
            case Ending.TOO_LONG if limit_ms is not None:
                return f"the utterance reached its maximum length of {limit_ms / 1000:g} s"
            case ending:
                return _PHRASES[ending]


CLIENT_ENDED: Final = Endpoint(ended_by=Ending.CLIENT)
"""The endpoint of an utterance if all that is known is that its audio ended."""

_PHRASES: Final = {
    Ending.CLIENT: "the client ended the audio",
    Ending.SILENCE: "silence",
    Ending.PROVIDER: "the service found the end of speech",
    Ending.NO_SPEECH: "there was no speech",
    Ending.TOO_LONG: "the utterance reached its maximum length",
    Ending.AUDIO_LOST: "no more audio arrived",
}

_CASES: Final = {
    SilenceRule.COMPLETE: " after a complete command",
    SilenceRule.EXTENDABLE: " after a command that can go on",
    SilenceRule.UNFINISHED: " after the beginning of a command",
    SilenceRule.NO_COMMAND: " after a text that is not a command",
    SilenceRule.CONTINUED: " after more speech whose text is not known yet",
    SilenceRule.WORDS_ONLY: " if only the service found speech",
}


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(str(value)) if is_number else None
