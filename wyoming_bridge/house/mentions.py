"""Finds the names of the house in a text."""

from .house import House
from .parts import Area, Floor, HouseEntity
from .words import Words

__all__ = ["Mentions"]


class Mentions:
    """Finds which floors, areas and entities of the house a text names."""

    def __init__(self, house: House, *, words: Words) -> None:
        self._words = words
        parts: list[Floor | Area | HouseEntity] = [*house.floors, *house.areas, *house.entities]
        self._names = [
            (f" {words.of(name)} ", index)
            for index, part in enumerate(parts)
            for name in (part.name, *part.aliases)
        ]

    def differ(self, first: str, second: str) -> bool:
        """Return whether two texts name different parts of the house."""
        return self._of(first) != self._of(second)

    def _of(self, text: str) -> set[int]:
        padded = f" {self._words.of(text)} "
        return {index for name, index in self._names if name in padded}
