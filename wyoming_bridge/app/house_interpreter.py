"""Interprets transcripts with the language of a house, and repairs them."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from ..audio import PCM_16K_MONO
from ..errors import one_line
from ..house import Completeness, Repair, RepairMode, Score
from ..transcriber import Interpretation, Understands
from .house_languages import SharedLanguage

if TYPE_CHECKING:
    from ..house.candidates import Candidate
    from ..house.language import HouseLanguage

__all__ = ["HouseInterpreter", "Recogniser"]

_log = logging.getLogger(__name__)

_MAX_REHEARD_BYTES: Final = PCM_16K_MONO.bytes_of(6000)
"""The longest audio that is recognised once more: 6 s. Commands are usually shorter, and the user
has to wait while the engine recognises the audio again."""

_UNDERSTOOD: Final = frozenset({Completeness.COMPLETE, Completeness.EXTENDABLE})


class Recogniser(Protocol):
    """Recognises the audio of whole commands, in ``PCM_16K_MONO``."""

    async def recognise(self, pcm: bytes) -> str | None:
        """Return the text of the audio, or None if the engine fails."""

    async def score(self, pcm: bytes, sentences: Sequence[str]) -> Sequence[Score] | None:
        """Return how well each sentence fits the audio, or None if the engine fails."""


class HouseInterpreter:
    """Interprets the transcripts of one utterance: the transcriber's ``Interpreter``."""

    def __init__(
        self,
        language: SharedLanguage,
        *,
        label: str,
        mode: RepairMode,
        recogniser: Recogniser | None,
        understands: Understands | None,
    ) -> None:
        """Create the interpreter. ``label`` begins each line in the log.

        ``recogniser`` is the local server of the profile, if its engine can recognise whole
        commands. ``understands`` asks the receiver of the transcript whether it understands a text.
        """
        self._language = language
        self._label = label
        self._mode = mode
        self._recogniser = recogniser
        self._understands = understands
        self.repairs = mode is not RepairMode.OFF
        self.wants_audio = self.repairs and recogniser is not None
        self.needs_early_text = recogniser is None

    async def interpret(self, text: str, pcm: bytes, *, pieces: int) -> Interpretation:
        """Return how complete the text is as a command, and the command that replaces it, if any.

        ``pcm`` is the utterance's audio, or empty if it is too long. ``pieces`` is the number of
        finals that make up the text. If there are several, a local engine recognises the audio
        again as a whole.
        """
        if not self._language.built.done():
            _log.info("%s: the commands of the house are still being prepared", self._label)
        language = await asyncio.shield(self._language.built)
        completeness = await self._completeness(language, text)
        if language is None or completeness in _UNDERSTOOD or not self.repairs:
            return Interpretation(completeness=completeness)
        heard = await self._heard_as_a_whole(pcm) if pieces > 1 else None
        if heard is None:
            heard = text
        else:
            completeness = await self._completeness(language, heard)
        repair: Repair | None = None
        beginning: str | None = None
        if completeness not in _UNDERSTOOD and await self._language.call(
            language.may_be_misheard, heard
        ):
            repair, beginning = await self._judge(language, heard, pcm)
        if repair is None and heard != text:
            repair = Repair(text=heard, reason="recognised once more, without the pauses")
        if repair is not None:
            _log.info(
                "%s: %r becomes %r: %s",
                self._label,
                one_line(text),
                one_line(repair.text),
                repair.reason,
            )
        likeliest = beginning or (repair.text if repair else None)
        if likeliest:
            completeness = await self._completeness(language, likeliest)
        return Interpretation(completeness=completeness, repair=repair)

    async def _completeness(self, language: "HouseLanguage | None", text: str) -> Completeness:
        completeness = Completeness.UNKNOWN
        if language:
            completeness = await self._language.call(language.completeness, text)
        if completeness in _UNDERSTOOD or self._understands is None:
            return completeness
        # The receiver does not say whether more words may follow, so the text counts as extendable.
        return Completeness.EXTENDABLE if await self._understands(text) else completeness

    async def _heard_as_a_whole(self, pcm: bytes) -> str | None:
        """Recognise the audio again, in one piece. Return the text, or None if that fails."""
        if not self._recogniser or not 0 < len(pcm) <= _MAX_REHEARD_BYTES:
            return None
        return await self._recogniser.recognise(pcm) or None

    async def _judge(
        self, language: "HouseLanguage", text: str, pcm: bytes
    ) -> tuple[Repair | None, str | None]:
        """Return the repair of a text, and the beginning of a command that fits the audio better.

        Each of them may be None. If there are both, the speaker has probably not finished the
        command. But if no more speech follows, the repair is the best that is known.
        """
        if self.wants_audio and not pcm:  # the speech is too long
            return None, None
        call = self._language.call
        commands = await call(language.nearest, text)
        beginnings: Sequence[Candidate] = ()
        if self._recogniser:
            beginnings = await call(language.beginnings, text)
        candidates = (*commands, *beginnings)
        scores: Sequence[Score] | None = None
        if self._recogniser and candidates:
            sentences = [text, *(each.spoken for each in candidates)]
            scores = await self._recogniser.score(pcm, sentences)
        beginning = None
        if scores is not None:
            beginning = await call(language.best_beginning, commands, beginnings, scores)
            scores = scores[: len(commands) + 1]
        speech_s = PCM_16K_MONO.duration_ms(len(pcm)) / 1000 if pcm else None
        repair = await call(language.decide, text, commands, scores, self._mode, speech_s=speech_s)
        return repair, beginning
