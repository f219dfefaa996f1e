"""Lets the engines of local servers learn the commands of the house."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from .house_languages import HouseLanguages

if TYPE_CHECKING:  # loaded only if a house is known
    from ..house import House

__all__ = ["MAX_SENTENCES", "HouseLearning", "LearningServer"]

MAX_SENTENCES: Final = 100_000
"""The most commands that an engine learns, chosen at random if the house has more. A house with 141
names has fewer."""


class LearningServer(Protocol):
    """A local server whose engine may learn sentences."""

    @property
    def can_learn(self) -> bool:
        """Whether the engine can learn sentences."""

    @property
    def language(self) -> str:
        """The language that the engine recognises, ISO 639-1."""

    async def learn(self, sentences: Sequence[str]) -> None:
        """Let the engine recognise these sentences better than others.

        An error of the engine is not raised.
        """


class HouseLearning:
    """Lets the engines of local servers learn the commands of the newest house.

    The servers learn one after the other. If the house changes while a server learns, the change
    waits. If it changes several times, only the last change is learned.
    """

    def __init__(self, languages: HouseLanguages) -> None:
        """Use ``languages`` to list the commands of a house."""
        self._languages = languages
        self._house: House | None = None
        self._learned: dict[LearningServer, House | None] = {}
        self._task: asyncio.Task[None] | None = None

    def use(self, house: "House | None") -> None:
        """Let all servers learn a house in the background. None lets them forget the last house."""
        self._house = house
        self._begin()

    def add(self, server: LearningServer) -> None:
        """Let this server learn the house, now and after each change, if its engine can learn."""
        if server.can_learn:
            self._learned[server] = None
            self._begin()

    async def stop(self) -> None:
        """Stop learning. Call this before the servers stop."""
        self._learned.clear()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _begin(self) -> None:
        if self._behind() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._learn(), name="learn the house's commands")

    def _behind(self) -> list[LearningServer]:
        return [server for server, learned in self._learned.items() if learned != self._house]

    async def _learn(self) -> None:
        from ..house.libraries import family_of

        while behind := self._behind():
            house, server = self._house, behind[0]
            sentences: list[str] | None = []
            if house and family_of(house.language) == server.language:
                sentences = await self._languages.get(house).sentences(limit=MAX_SENTENCES)
            if sentences is None:  # the house has changed, or other houses took its place
                continue
            self._learned[server] = house
            await server.learn(sentences)
