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
    case count as the same. The whole list is limited because some services get it in a URL.
    """
    known = {entry.casefold() for entry in own}
    # The entries that were not shortened. If "Big lamp by the door" were among them, which is the
    # short form of "Big lamp by the door 1", then "2" would remain of "Big lamp by the door 2".
    whole = known.copy()
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
    """Return as many whole words of an entry as the service accepts, or all if it accepts none.

    If the entry begins with another entry, those words are left out first: without "Living room",
    the words that tell "Living room lamp by the window" from other entries remain.
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
