"""Builds and keeps the languages of houses."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from ..errors import DependencyError, one_line

if TYPE_CHECKING:
    from ..house import House
    from ..house.language import HouseLanguage

__all__ = ["HouseLanguages", "SharedLanguage"]

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)

_MOST_LANGUAGES: Final = 4
"""The number of languages that are kept. Each takes about 50 MB for a large house. A bridge
seldom serves more than one house, and a house changes seldom."""


class SharedLanguage:
    """The language of one house. A thread builds it; then one thread at a time may use it."""

    def __init__(self, house: "House", *, building: asyncio.Lock) -> None:
        """Begin to build the language, as soon as no other build has the lock ``building``."""
        self._lock = asyncio.Lock()
        self._building = building
        self._house: House | None = house  # None if the language is not wanted any more
        self.built = asyncio.create_task(self._build(), name="build a house's language")
        """Builds the language. The result is None if it failed, or was stopped before."""

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

    async def call(self, method: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
        """Call a method of the language in a thread, after all earlier calls.

        A cancellation does not end the thread, so the next call waits for it in any case.
        """
        await self._lock.acquire()
        run = partial(method, *values, **named)
        running = asyncio.get_running_loop().run_in_executor(None, run)
        running.add_done_callback(lambda _: self._lock.release())
        return await asyncio.shield(running)

    async def sentences(self, *, limit: int) -> list[str] | None:
        """Return at most ``limit`` commands in lower case; empty if the build has failed.

        Return None if the language was stopped before it was built.
        """
        language = await asyncio.shield(self.built)
        if language is None:
            return None if self._house is None else []
        return await self.call(language.sentences, limit=limit)


class HouseLanguages:
    """The languages of the most recently used houses.

    They are built one after the other, because a build takes more memory than its result. If more
    houses are used than languages are kept, the oldest ones are not built any more.
    """

    def __init__(self) -> None:
        self._languages: OrderedDict[House, SharedLanguage] = OrderedDict()
        self._unfinished: set[asyncio.Task[HouseLanguage | None]] = set()
        self._building = asyncio.Lock()

    def get(self, house: "House") -> SharedLanguage:
        """Return the language of a house, and begin to build it if it is new."""
        language = self._languages.get(house)
        if language is None:
            language = self._languages[house] = SharedLanguage(house, building=self._building)
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
