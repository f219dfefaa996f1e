"""Builds and keeps the languages of houses, and interprets transcripts with them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from ..audio import PCM_16K_MONO
from ..errors import DependencyError, one_line
from ..house import Completeness, Repair, RepairMode, Score
from ..transcriber import Interpretation, Understands

if TYPE_CHECKING:
    from ..house import House
    from ..house.candidates import Candidate
    from ..house.language import HouseLanguage

__all__ = ["HouseInterpreter", "HouseLanguages", "Recogniser"]

_log = logging.getLogger(__name__)

_MAX_REHEARD_BYTES: Final = PCM_16K_MONO.bytes_of(6000)
"""The longest audio that is recognised once more: 6 s. Commands are usually shorter, and the user
has to wait while the engine recognises the audio again."""

_MOST_LANGUAGES: Final = 4
"""The number of languages that are kept. Each takes about 50 MB for a large house. A bridge
seldom serves more than one house, and a house changes seldom."""

_UNDERSTOOD: Final = frozenset({Completeness.COMPLETE, Completeness.EXTENDABLE})


class Recogniser(Protocol):
    """Recognises the audio of whole commands, in ``PCM_16K_MONO``."""

    async def recognise(self, pcm: bytes) -> str | None:
        """Return the text of the audio, or None if the engine fails."""

    async def score(self, pcm: bytes, sentences: Sequence[str]) -> Sequence[Score] | None:
        """Return how well each sentence fits the audio, or None if the engine fails."""


class _Language:
    """The language of one house. A thread builds it; then one thread at a time may use it."""

    def __init__(self, house: "House", *, building: asyncio.Lock) -> None:
        """Begin to build the language, as soon as no other build has the lock ``building``."""
        self.lock = asyncio.Lock()
        self._building = building
        self._house: House | None = house  # None if the language is not wanted any more
        self.built = asyncio.create_task(self._build(), name="build a house's language")

    def stop(self) -> None:
        """Let the build end soon. A language that is not built yet then counts as unknown."""
        self._house = None

    async def _build(self) -> "HouseLanguage | None":
        from ..house.house import SentencesError

        async with self._building:
            house = self._house
            if house is None:
                return None
            try:
                return await asyncio.to_thread(self._new_language, house)
            except DependencyError as err:
                _log.warning("the house's commands are not used: %s", err)
                return None
            except SentencesError as err:
                _log.warning("a sentence of the house is not used: %s", one_line(str(err)))
                usable = tuple(each for each in house.sentences if each not in err.sentences)
                return await asyncio.to_thread(self._new_language, replace(house, sentences=usable))

    def _new_language(self, house: "House") -> "HouseLanguage | None":
        """Build the language of a house. Call this in a thread: the import alone takes 30 ms."""
        from ..house.language import HouseLanguage
        from ..house.sentences import UnwantedError

        try:
            return HouseLanguage(house, is_wanted=lambda: self._house is not None)
        except UnwantedError:
            return None

    async def sentences(self, *, limit: int) -> list[str] | None:
        """Return at most ``limit`` commands in lower case; empty if the build has failed.

        Return None if the language was stopped before it was built.
        """
        language = await asyncio.shield(self.built)
        if language is None:
            return None if self._house is None else []
        async with self.lock:
            return await asyncio.to_thread(language.sentences, limit=limit)


class HouseLanguages:
    """The languages of the most recently used houses.

    They are built one after the other, because a build takes more memory than its result. If more
    houses are used than languages are kept, the oldest ones are not built any more.
    """

    def __init__(self) -> None:
        self._languages: OrderedDict[House, _Language] = OrderedDict()
        self._unfinished: set[asyncio.Task[HouseLanguage | None]] = set()
        self._building = asyncio.Lock()

    def get(self, house: "House") -> _Language:
        """Return the language of a house, and begin to build it if it is new."""
        language = self._languages.get(house)
        if language is None:
            language = self._languages[house] = _Language(house, building=self._building)
            self._unfinished.add(language.built)
            language.built.add_done_callback(self._unfinished.discard)
            if len(self._languages) > _MOST_LANGUAGES:
                _, oldest = self._languages.popitem(last=False)
                oldest.stop()
        self._languages.move_to_end(house)
        return language

    def clear(self) -> None:
        """Forget all languages, because the house has changed.

        Utterances keep a finished language that they use.
        """
        for language in self._languages.values():
            language.stop()
        self._languages.clear()

    async def close(self) -> None:
        """Forget all languages, and wait for the threads of the builds, which end soon."""
        self.clear()
        if self._unfinished:
            await asyncio.wait(self._unfinished)


class HouseInterpreter:
    """Interprets the transcripts of one utterance: the transcriber's ``Interpreter``."""

    def __init__(
        self,
        language: _Language,
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
        if completeness not in _UNDERSTOOD and await self._may_be_misheard(language, heard):
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
            async with self._language.lock:
                completeness = await asyncio.to_thread(language.completeness, text)
        if completeness in _UNDERSTOOD or self._understands is None:
            return completeness
        # The receiver does not say whether more words may follow, so the text counts as extendable.
        return Completeness.EXTENDABLE if await self._understands(text) else completeness

    async def _may_be_misheard(self, language: "HouseLanguage", text: str) -> bool:
        async with self._language.lock:
            return await asyncio.to_thread(language.may_be_misheard, text)

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
        beginnings: Sequence[Candidate] = ()
        scores: Sequence[Score] | None = None
        async with self._language.lock:
            commands = await asyncio.to_thread(language.nearest, text)
            if self._recogniser:
                beginnings = await asyncio.to_thread(language.beginnings, text)
        candidates = (*commands, *beginnings)
        if self._recogniser and candidates:
            scores = await self._recogniser.score(
                pcm, [text, *(each.spoken for each in candidates)]
            )
        speech_s = PCM_16K_MONO.duration_ms(len(pcm)) / 1000 if pcm else None
        beginning = None
        async with self._language.lock:
            if scores is not None:
                beginning = await asyncio.to_thread(
                    language.best_beginning, commands, beginnings, scores
                )
                scores = scores[: len(commands) + 1]
            repair = await asyncio.to_thread(
                language.decide, text, commands, scores, self._mode, speech_s=speech_s
            )
        return repair, beginning
