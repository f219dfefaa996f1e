"""Finds the texts that sound most like another text."""

from collections.abc import Sequence
from heapq import nsmallest
from typing import Final

from .phones import distance

__all__ = ["most_similar"]

_FOUND: Final = 60
"""How many texts are found by plain edit distance. The most similar one by `phones.distance` is
nearly always among them."""

_SHARD: Final = 8_192
"""How many texts are compared in one call. A call holds Python's global interpreter lock for
5 ms."""


def most_similar(sounds: str, others: Sequence[str], *, most: int) -> list[tuple[float, int]]:
    """Return the distances and the indices of the texts that sound most like a text, sorted.

    ``sounds`` and ``others`` are results of `Phones.of`. The distances are those of
    `phones.distance`. There are at most ``most``. Without sounds, nothing is similar.
    """
    if not sounds:
        return []
    candidates = _by_edits(sounds, others)
    return nsmallest(most, ((distance(sounds, others[index]), index) for index in candidates))


def _by_edits(sounds: str, others: Sequence[str]) -> list[int]:
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    found: list[tuple[float, int]] = []
    worst: float | None = None
    for start in range(0, len(others), _SHARD):
        found += [
            (how_far, start + index)
            for _, how_far, index in process.extract(
                sounds,
                others[start : start + _SHARD],
                scorer=Levenshtein.distance,  # type: ignore[arg-type] # its stubs are too narrow
                limit=_FOUND,
                score_cutoff=worst,
            )
        ]
        if len(found) >= _FOUND:
            found = nsmallest(_FOUND, found)
            worst = found[-1][0]
    return [index for _, index in nsmallest(_FOUND, found)]
