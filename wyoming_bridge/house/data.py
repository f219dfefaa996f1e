"""Reads a house from the plain values of YAML or JSON. `House.from_data` documents their shape."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from ..errors import alternatives, did_you_mean, listed

__all__ = [
    "LANGUAGE",
    "MAX_ALIASES",
    "MAX_AREAS",
    "MAX_CHARACTERS",
    "MAX_ENTITIES",
    "MAX_FLOORS",
    "MAX_NAME_LENGTH",
    "MAX_SENTENCES",
    "MAX_SENTENCE_LENGTH",
    "MAX_SKIP_WORDS",
    "Fields",
    "normal",
]

MAX_ENTITIES: Final = 2_000
"""The most entities of a house: ten times as many as large homes expose to voice assistants. With
more, it would take too long to match a text."""
MAX_AREAS: Final = 200
MAX_FLOORS: Final = 50
MAX_ALIASES: Final = 20
"""The most aliases of one floor, area or entity."""
MAX_NAME_LENGTH: Final = 100
"""The most characters of a name or an alias."""
MAX_SENTENCES: Final = 500
MAX_SENTENCE_LENGTH: Final = 2_000
"""The most characters of a sentence template. They include its rules and lists, which are written
into the template."""
MAX_SKIP_WORDS: Final = 100
MAX_CHARACTERS: Final = 100_000
"""The most characters of all names and aliases together, and of all sentences together. A house
with 2,000 entities of one name each has about 50,000. The language of a house at this limit takes
about 3 s of CPU time and 50 MiB. With ten times as many, it would take 110 s and 700 MiB."""

LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Unicode's category ``Cc``."""
_COLLECTION: Final = (Mapping, list, tuple)

T = TypeVar("T")


def normal(text: str) -> str:
    """Return the text in composed form (NFC), with single spaces and no control characters."""
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())


class Fields:
    """A mapping that is read key by key. Each error is a `ValueError` that names the key."""

    def __init__(self, values: object, *, path: str, allowed: tuple[str, ...]) -> None:
        if not isinstance(values, Mapping):
            keys = ", ".join(allowed)
            raise ValueError(  # noqa: TRY004 - callers catch only ValueError
                f"{path or 'house'}: must be a mapping, got {_shown(values)}; its keys are {keys}"
            )
        self._values = values
        self._path = path
        for key in values:
            if key not in allowed:
                name = self.name(str(key)[:MAX_NAME_LENGTH])
                raise ValueError(f"{name}: unknown key{alternatives(key, allowed)}")

    def name(self, key: str) -> str:
        """Return the full path of a key, such as ``entities[3].domain``."""
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str, *, longest: int = MAX_NAME_LENGTH) -> str:
        """Return a text that must exist and must not be empty."""
        return _text(self._values.get(key), path=self.name(key), longest=longest)

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None if the key is missing or null."""
        return None if self._values.get(key) is None else self.text(key)

    def word(self, key: str) -> str:
        """Return a lower-case identifier, such as ``light``."""
        return self._matching(key, self.text(key), _WORD, 'a lower-case word, such as "light"')

    def optional_word(self, key: str) -> str | None:
        """Return a lower-case identifier, or None if the key is missing or null."""
        return None if self._values.get(key) is None else self.word(key)

    def language(self, key: str, *, default: str) -> str:
        """Return a language code, or ``default`` if the key is missing or null."""
        if self._values.get(key) is None:
            return default
        return self._matching(
            key, self.text(key), LANGUAGE, 'a language code, such as "en" or "nl-BE"'
        )

    def one_of(self, key: str, names: Mapping[str, str], *, of: str) -> str | None:
        """Return the name that equals the text of a key, ignoring upper and lower case.

        Return None if the key is missing or null. ``names`` maps case-folded names to names, and
        ``of`` is the key that lists them.
        """
        text = self.optional_text(key)
        if text is None:
            return None
        if (name := names.get(text.casefold())) is not None:
            return name
        described = listed(names.values()) if names else "which is empty"
        raise ValueError(
            f"{self.name(key)}: must be a name in {of} ({described}), "
            f"got {_shown(text)}{did_you_mean(text, names.values())}"
        )

    def texts(self, key: str, *, most: int, longest: int = MAX_NAME_LENGTH) -> tuple[str, ...]:
        """Return a list of texts, each once."""
        found = self.items(
            key, lambda each, path: _text(each, path=path, longest=longest), most=most
        )
        return tuple(dict.fromkeys(found))

    def items(self, key: str, read: Callable[[object, str], T], *, most: int) -> tuple[T, ...]:
        """Return a list whose elements are read by ``read(value, path)``; empty if missing."""
        values = self._values.get(key)
        if values is None:
            return ()
        if not isinstance(values, list | tuple):
            raise ValueError(f"{self.name(key)}: must be a list, got {_shown(values)}")  # noqa: TRY004 - callers catch only ValueError
        if len(values) > most:
            raise ValueError(f"{self.name(key)}: must have at most {most} items, got {len(values)}")
        return tuple(read(each, f"{self.name(key)}[{i}]") for i, each in enumerate(values))

    def _matching(self, key: str, text: str, pattern: re.Pattern[str], what: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"{self.name(key)}: must be {what}, got {_shown(text)}")
        return text


def _text(value: object, *, path: str, longest: int) -> str:
    if not isinstance(value, str):
        # YAML reads the name "Off" as a truth value, and "5" as a number.
        advice = "" if value is None or isinstance(value, _COLLECTION) else "; write it in quotes"
        raise ValueError(f"{path}: must be a text, got {_shown(value)}{advice}")  # noqa: TRY004 - callers catch only ValueError
    if len(value) > longest or len(text := normal(value)) > longest:
        raise ValueError(f"{path}: must have at most {longest} characters, got {len(value)}")
    if not text:
        raise ValueError(f"{path}: must not be empty, got {_shown(value)}")
    return text


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, _COLLECTION):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    return (
        repr(value)
        if len(repr(value)) <= MAX_NAME_LENGTH
        else f"{repr(value)[:MAX_NAME_LENGTH]}..."
    )
