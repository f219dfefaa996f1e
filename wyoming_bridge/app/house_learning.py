"""Lets the engines of local servers learn the commands of the house."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from ..house import House
from ..house.libraries import family_of
from .house_languages import HouseLanguages

__all__ = ["MAX_SENTENCES", "HouseLearning", "Pupil"]

MAX_SENTENCES: Final = 100_000
"""The most commands that are learned. A house of 141 names has fewer. Of the commands of a larger
house, this many are chosen at random."""


class Pupil(Protocol):
    """The part of a local server that is used here."""

    @property
    def can_learn(self) -> bool:
        """Whether its engine can learn sentences."""

    @property
    def language(self) -> str:
        """The language that its engine recognises, ISO 639-1."""

    async def learn(self, sentences: Sequence[str]) -> None:
        """Let its engine recognise these sentences best. It raises no errors of the engine."""


class HouseLearning:
    """Lets the engines of local servers learn the commands of the newest house.

    The servers learn one after the other. If the house changes meanwhile, the change waits. Of
    several changes that wait, only the last one is learned.
    """

    def __init__(self, languages: HouseLanguages) -> None:
        """Create it with the languages, which list the commands of a house."""
        self._languages = languages
        self._house: House | None = None
        self._learned: dict[Pupil, House | None] = {}
        self._task: asyncio.Task[None] | None = None

    def use(self, house: House | None) -> None:
        """Let all servers learn this house in the background; None to forget the last one."""
        self._house = house
        self._begin()

    def add(self, server: Pupil) -> None:
        """Let this server learn the house, now and after each change, if its engine can learn."""
        if server.can_learn:
            self._learned[server] = None
            self._begin()

    async def stop(self) -> None:
        """Cancel the learning, and learn nothing more. Call it before the servers stop."""
        self._learned.clear()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _begin(self) -> None:
        if self._behind() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._learn(), name="learn the house's commands")

    def _behind(self) -> list[Pupil]:
        return [server for server, learned in self._learned.items() if learned != self._house]

    async def _learn(self) -> None:
        while behind := self._behind():
            house, server = self._house, behind[0]
            self._learned[server] = house
            sentences: list[str] = []
            if house and family_of(house.language) == server.language:
                sentences = await self._languages.get(house).sentences(limit=MAX_SENTENCES)
            await server.learn(sentences)
