"""The libraries of the extra `house`. They are imported only when a `HouseLanguage` is created."""

import importlib
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Final

from ..errors import DependencyError

if TYPE_CHECKING:
    from hassil import Intents

__all__ = ["family_of", "intents_of", "load", "number_words"]

_INSTALL: Final = 'pip install "wyoming-bridge[house]"'


def load(module: str) -> ModuleType:
    """Import a module of the extra `house`.

    Raises:
        DependencyError: The library of the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as err:
        library = module.partition(".")[0].replace("_", "-")
        raise DependencyError(
            f"a house needs the library {library!r}; install the extra `house`: {_INSTALL}"
        ) from err


def family_of(language: str) -> str:
    """Return a language without its region: ``nl`` for ``nl-BE``."""
    return language.replace("_", "-").partition("-")[0].lower()


@lru_cache(maxsize=4096)
def number_words(language: str, number: float) -> str:
    """Return a number in words, without hyphens; in digits if hassil does not know the language."""
    load("hassil")
    from hassil.numbers import get_rbnf_engine

    try:
        text = get_rbnf_engine(language).format_number(number).text
    except ValueError:
        text = str(number)
    return text.casefold().replace("-", " ").replace("\u00ad", "")


@lru_cache(maxsize=2)
def intents_of(language: str) -> "Intents | None":
    """Return Home Assistant's parsed sentences; None if it has no sentences in the language.

    The sentences do not depend on the house. Those of the last two languages are cached, because a
    house changes often, and hassil takes 0.2 s to parse the sentences of a language (more on a
    small computer).
    """
    load("hassil")
    load("home_assistant_intents")
    import home_assistant_intents as package
    from hassil import Intents

    languages = {name.casefold(): name for name in package.get_languages()}
    for candidate in (language.replace("_", "-"), family_of(language)):
        if (name := languages.get(candidate.casefold())) is not None:
            values = package.get_intents(name)
            return None if values is None else Intents.from_dict(values)
    return None
