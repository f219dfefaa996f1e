"""Interprets transcripts with the houses that a bridge knows, and teaches engines their commands.

This module is loaded only if there is a house, or a local server that can learn one.
"""

from dataclasses import replace

from ..house import House, RepairMode
from ..languages import is_same_language
from ..transcriber import Understands
from .house_interpreter import HouseInterpreter, Recogniser
from .house_languages import HouseLanguages
from .house_learning import HouseLearning, LearningServer

__all__ = ["Houses"]


class Houses:
    """The ``HouseLanguage`` of each house, and the engines that learn the commands."""

    def __init__(self) -> None:
        self._languages = HouseLanguages()
        self._learning = HouseLearning(self._languages)

    def use(self, house: House | None) -> None:
        """Let all engines learn a house in the background. None lets them forget the last house."""
        self._languages.clear()
        if house:
            self.prepare(house)
        self._learning.use(house)

    def prepare(self, house: House) -> None:
        """Begin to build the ``HouseLanguage`` of a house in the background."""
        self._languages.get(house)

    def add(self, server: LearningServer) -> None:
        """Let this server learn the house, now and after each change, if its engine can learn."""
        self._learning.add(server)

    def interpreter(
        self,
        house: House,
        *,
        language: str | None,
        label: str,
        mode: RepairMode,
        recogniser: Recogniser | None,
        understands: Understands | None,
    ) -> HouseInterpreter:
        """Return an interpreter of transcripts for one utterance.

        ``language`` is the spoken language; None stands for the language of the house. Log lines
        begin with ``label``.
        """
        if language and not is_same_language(language, house.language):
            house = replace(house, language=language)
        return HouseInterpreter(
            self._languages.get(house),
            label=label,
            mode=mode,
            recogniser=recogniser,
            understands=understands,
        )

    async def stop(self) -> None:
        """Stop the background tasks. Call this before the servers stop."""
        await self._learning.stop()  # first, because it would build a language that was stopped
        await self._languages.close()
