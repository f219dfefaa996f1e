"""Fits bias terms to what a service accepts: their number, their length and the whole URL."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from ..options import Option

__all__ = ["with_room"]

_ADDRESS_BYTES: Final = 6000
"""Most bytes of the entries in a URL. Web servers and proxies refuse URLs of more than 8,190 bytes,
and some of more than 8,000."""

_SEPARATOR_BYTES: Final = len("&keyterms=")
"""The longest separator between two entries."""


def with_room(
    own: tuple[str, ...], more: Sequence[str], *, declared: Option
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ``own`` with as many entries of ``more`` as fit, and the entries that do not fit.

    An entry that is too long is shortened to whole words. Duplicates are ignored; upper and lower
    case count as the same. The list is sent in a URL, whose length is limited.
    """
    known = {entry.casefold() for entry in own}
    whole = known.copy()  # without what was shortened, whose rest would be a mere number
    taken: list[str] = list(own)
    left: list[str] = []
    room = _ADDRESS_BYTES - sum(map(_address_bytes, own))
    for entry in (" ".join(each.split()) for each in more):
        short = _shortened(entry, known=whole, declared=declared)
        if not entry or entry.casefold() in known:
            continue
        size = _address_bytes(short)
        if short.casefold() in known or size > room or declared.problem((*taken, short)):
            left.append(entry)
        else:
            known.add(short.casefold())
            if short == entry:
                whole.add(short.casefold())
            room -= size
            taken.append(short)
    return tuple(taken), tuple(dict.fromkeys(left))


def _shortened(entry: str, *, known: Iterable[str], declared: Option) -> str:
    """Return as many whole words of an entry as the service accepts; the entry if not even one.

    The words with which the entry begins are left out first if they are an entry of their own, as
    the room in "Living room lamp by the window". The words that tell it apart remain.
    """
    if declared.maximum is None or len(entry) <= declared.maximum:
        return entry
    words = entry.split()
    folded = [word.casefold() for word in words]
    begins = [each.split() for each in known]
    del words[: max((len(each) for each in begins if each == folded[: len(each)]), default=0)]
    while words and len(" ".join(words)) > declared.maximum:
        words.pop()
    return " ".join(words) or entry


def _address_bytes(entry: str) -> int:
    return len(quote(entry, safe="")) + _SEPARATOR_BYTES
