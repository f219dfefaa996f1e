"""Fits bias terms to a service's limits: their number, their length and the length of the URL."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from ..options import Option

__all__ = ["with_room"]

_ADDRESS_BYTES: Final = 6000
"""Maximum number of bytes of all entries in a URL. Web servers and proxies refuse URLs of more than
8,190 bytes, and some refuse URLs of more than 8,000 bytes."""

_SEPARATOR_BYTES: Final = len("&keyterms=")
"""The longest separator between two entries."""


def with_room(
    own: tuple[str, ...], more: Sequence[str], *, declared: Option
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ``own`` with as many entries of ``more`` as fit, and the entries that do not fit.

    An entry that is too long is shortened to whole words. Duplicates are ignored, even if they
    differ in upper and lower case. The total length is limited, because some services get the
    entries in a URL.
    """
    known = {entry.casefold() for entry in own}
    # ``_shortened`` removes these entries from the beginning of a longer entry. Shortened entries
    # are not among them: if "Big lamp by the door 1" was shortened to "Big lamp by the door", then
    # only "2" would remain of "Big lamp by the door 2".
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
    """Return as many whole words of an entry as the service's limit of characters allows.

    If the entry begins with a known entry, the words of the known entry are left out first. Of
    "Living room lamp by the window", the words after "Living room" distinguish it from other
    entries. If no word fits, the entry is returned unchanged.
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
