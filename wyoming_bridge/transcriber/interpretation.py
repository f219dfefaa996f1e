"""What an interpreter finds out about the text of an utterance: its completeness and its repair."""

from dataclasses import dataclass
from typing import Final, Protocol

from ..audio import PCM_16K_MONO
from ..house import Completeness, Repair

__all__ = ["MAX_SCORED_BYTES", "Interpretation", "Interpreter"]

MAX_SCORED_BYTES: Final = PCM_16K_MONO.bytes_of(12_000)
"""The longest audio that an interpreter gets: 12 s. No command is expected to be longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """The completeness and the repair of a text."""

    completeness: Completeness = Completeness.UNKNOWN
    """Whether the text, after its repair, is a whole command."""
    repair: Repair | None = None
    """The command that replaces the text; None if the text stays as it was."""


class Interpreter(Protocol):
    """Judges and repairs texts by the commands of one house."""

    repairs: bool
    """Whether the interpreter may replace a text."""
    wants_audio: bool
    """Whether the interpreter uses the audio, to let a recogniser score the house's sentences."""
    needs_early_text: bool
    """Whether to request the final text earlier in a pause than the settings say.

    It is True if a service transcribes the audio, because its answer takes time. It is False if a
    local engine transcribes the audio. Such an engine has the text early enough without such a
    request, and makes more mistakes if requests cut the audio into pieces.
    """

    async def interpret(self, text: str, pcm: bytes, *, pieces: int) -> Interpretation:
        """Interpret the transcript of an utterance so far.

        ``pcm`` is the utterance's audio in ``PCM_16K_MONO``. It is empty if the interpreter does
        not want it, or if it would be longer than ``MAX_SCORED_BYTES``. ``pieces`` is the number of
        finals with text that make up the transcript.
        """
