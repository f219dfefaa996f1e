"""What error texts say about a name that does not exist: the most similar name, and all names."""

from collections.abc import Iterable
from typing import Final

__all__ = ["alternatives", "did_you_mean", "listed", "most_similar"]

_LONGEST_LIST: Final = 300
"""The most characters of a list of names. An error has at most 500, and ends with the list."""

_SIMILAR: Final = 0.7
"""The lowest similarity of a suggestion, from 0 to 1. With 0.6, the default of ``difflib``,
"kitchen" is similar to "listen"."""

_SEPARATOR: Final = ", "

_LONGEST_NAME: Final = 40
"""Longer names are not compared. The time grows with the product of their lengths, and a client may
send both of them, for example the areas of its house."""


def alternatives(name: object, known: Iterable[str], *, rest: str = "") -> str:
    """Return the end of an error about an unknown name: a similar name, and the known names.

    ``rest`` says where the rest of a long list is. An example of the result is
    `` (did you mean listen?); available: listen, log``.
    """
    names = tuple(known)
    return f"{did_you_mean(name, names)}; available: {listed(names, rest=rest)}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a question about the most similar name, in brackets; empty if no name is similar."""
    similar = most_similar(name, known)
    return f" (did you mean {similar}?)" if similar else ""


def most_similar(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to an unknown one; None if none is similar.

    The beginning of a name stands for this name if no other begins in the same way.
    """
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        return None
    from difflib import get_close_matches  # only an error needs it

    spellings: dict[str, str] = {}
    for each in known:
        if len(each) <= _LONGEST_NAME:
            spellings.setdefault(_comparable(each), each)
    wanted = _comparable(name)
    found = get_close_matches(wanted, spellings, n=1, cutoff=_SIMILAR)
    found = found or [each for each in spellings if wanted and each.startswith(wanted)]
    return spellings[found[0]] if len(found) == 1 else None


def listed(names: Iterable[str], *, rest: str = "") -> str:
    """Return names as a list. A long list ends after a whole name, with the number of the others.

    ``rest`` says where to find the others.
    """
    known = tuple(names)
    shown, length = 0, 0
    for name in known:
        length += len(name) + len(_SEPARATOR)
        if shown and length > _LONGEST_LIST:
            break
        shown += 1
    text = _SEPARATOR.join(known[:shown])
    if shown == len(known):
        return text or "none"
    where = f" ({rest})" if rest else ""
    return f"{text} and {len(known) - shown} more{where}"


def _comparable(name: str) -> str:
    """Return a name in lower case, with an underscore for each hyphen and space."""
    return name.casefold().replace("-", "_").replace(" ", "_")
