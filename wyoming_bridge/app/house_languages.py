"""The languages of houses, each built once, and what they say about transcripts."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from ..audio import PCM_16K_MONO
from ..errors import DependencyError, one_line
from ..house import Completeness, House, Repair, RepairMode, Score
from ..transcriber import Interpretation, Understands

if TYPE_CHECKING:
    from ..house.language import HouseLanguage

__all__ = ["HouseInterpreter", "HouseLanguages", "Scoring"]

_log = logging.getLogger(__name__)

Scoring = Callable[[bytes, Sequence[str]], Awaitable[Sequence[Score] | None]]
"""Scores sentences on audio in ``PCM_16K_MONO``; None if that is not possible now."""

_MOST_LANGUAGES: Final = 4
"""Each takes about 50 MB for a large house. A bridge seldom serves more than one house, and a house
changes seldom."""

_UNDERSTOOD: Final = frozenset({Completeness.COMPLETE, Completeness.EXTENDABLE})


class _Language:
    """The language of one house. It is built in a thread, and one thread at a time uses it."""

    def __init__(self, house: House) -> None:
        self.lock = asyncio.Lock()
        self.built = asyncio.create_task(self._build(house), name="build a house's language")

    @staticmethod
    async def _build(house: House) -> "HouseLanguage | None":
        from ..house.language import HouseLanguage

        try:
            return await asyncio.to_thread(HouseLanguage, house)
        except (DependencyError, ValueError) as err:
            _log.warning("the house's commands are not used: %s", one_line(str(err)))
            return None

    async def sentences(self, *, limit: int) -> list[str]:
        """Return at most so many commands in lower-case words; none if they are not known."""
        language = await asyncio.shield(self.built)
        if language is None:
            return []
        async with self.lock:
            return await asyncio.to_thread(language.sentences, limit=limit)


class HouseLanguages:
    """The languages that were used last."""

    def __init__(self) -> None:
        self._languages: OrderedDict[House, _Language] = OrderedDict()

    def get(self, house: House) -> _Language:
        """Return the language of a house, and begin to build it if it is new."""
        language = self._languages.get(house)
        if language is None:
            language = self._languages[house] = _Language(house)
            if len(self._languages) > _MOST_LANGUAGES:
                self._languages.popitem(last=False)
        self._languages.move_to_end(house)
        return language


class HouseInterpreter:
    """Interprets the transcripts of one utterance: the transcriber's ``Interpreter``."""

    def __init__(
        self,
        language: _Language,
        *,
        profile: str,
        mode: RepairMode,
        score: Scoring | None,
        understands: Understands | None,
    ) -> None:
        """Prepare. ``score`` is the profile's recogniser, if it can score sentences."""
        self._language = language
        self._profile = profile
        self._mode = mode
        self._score = score
        self._understands = understands
        self.repairs = mode is not RepairMode.OFF
        self.wants_audio = self.repairs and score is not None

    async def interpret(self, text: str, pcm: bytes) -> Interpretation:
        """Return whether the text is a command of the house, and the command it should be."""
        language = await asyncio.shield(self._language.built)
        completeness = Completeness.UNKNOWN
        if language:
            async with self._language.lock:
                completeness = await asyncio.to_thread(language.completeness, text)
        if completeness in _UNDERSTOOD:
            return Interpretation(completeness=completeness)
        if self._understands and await self._understands(text):
            return Interpretation(completeness=Completeness.EXTENDABLE)  # more words may follow
        if language is None or not self.repairs or completeness is Completeness.UNFINISHED:
            return Interpretation(completeness=completeness)
        async with self._language.lock:
            repair = await self._repair(language, text, pcm)
            if repair:
                _log.info(
                    "profile %s: %r becomes %r: %s",
                    self._profile,
                    one_line(text),
                    one_line(repair.text),
                    repair.reason,
                )
                completeness = await asyncio.to_thread(language.completeness, repair.text)
        return Interpretation(completeness=completeness, repair=repair)

    async def _repair(self, language: "HouseLanguage", text: str, pcm: bytes) -> Repair | None:
        candidates = await asyncio.to_thread(language.nearest, text)
        if not candidates or (self.wants_audio and not pcm):  # the speech is too long
            return None
        scores = None
        if self._score and pcm:
            scores = await self._score(pcm, [text, *(each.text for each in candidates)])
        speech_s = PCM_16K_MONO.duration_ms(len(pcm)) / 1000 if pcm else None
        return language.decide(text, candidates, scores, self._mode, speech_s=speech_s)
