"""Limits the characters of a house, because all of its names and sentences are in memory."""

from collections.abc import Iterable
from dataclasses import replace

from .data import MAX_CHARACTERS
from .house import House

__all__ = ["limited"]


def limited(house: House) -> House:
    """Return the house without the texts beyond ``MAX_CHARACTERS``.

    Names are kept before aliases, and floors and areas before entities.
    """
    left = _Budget()
    # The names of all floors and areas fit: ``MAX_FLOORS`` and ``MAX_AREAS``.
    left.fitting(each.name for each in house.floors)
    left.fitting(each.name for each in house.areas)
    entities = [each for each in house.entities if left.take(each.name)]
    return replace(
        house,
        floors=tuple(replace(each, aliases=left.fitting(each.aliases)) for each in house.floors),
        areas=tuple(replace(each, aliases=left.fitting(each.aliases)) for each in house.areas),
        entities=tuple(replace(each, aliases=left.fitting(each.aliases)) for each in entities),
        sentences=_Budget().fitting(house.sentences),
    )


class _Budget:
    """Counts characters down from ``MAX_CHARACTERS``."""

    def __init__(self) -> None:
        self._left = MAX_CHARACTERS

    def take(self, text: str) -> bool:
        """Return whether the text still fits. If it does, count it."""
        fits = len(text) <= self._left
        if fits:
            self._left -= len(text)
        return fits

    def fitting(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Count the texts that still fit, and return them."""
        return tuple(each for each in texts if self.take(each))
