"""The libraries of the extra `house`. They are imported only when a `HouseLanguage` is made."""

import importlib
from functools import cache
from types import ModuleType
from typing import Final

from ..errors import DependencyError

__all__ = ["family_of", "intents_of", "load", "number_words"]

_INSTALL: Final = 'pip install "wyoming-bridge[house]"'


def load(module: str) -> ModuleType:
    """Import a module of the extra `house`.

    Raises:
        DependencyError: Its library is not installed.
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


@cache
def number_words(language: str, number: float) -> str:
    """Return a number in words, without hyphens; its digits if hassil lacks the language."""
    load("hassil")
    from hassil.numbers import get_rbnf_engine

    try:
        text = get_rbnf_engine(language).format_number(number).text
    except ValueError:
        text = str(number)
    return text.casefold().replace("-", " ").replace("\u00ad", "")


def intents_of(language: str) -> dict[str, object] | None:
    """Return Home Assistant's intents for a language; None if Home Assistant lacks the language."""
    load("home_assistant_intents")
    import home_assistant_intents as package

    languages = {name.casefold(): name for name in package.get_languages()}
    for candidate in (language.replace("_", "-"), family_of(language)):
        if (name := languages.get(candidate.casefold())) is not None:
            return package.get_intents(name)
    return None
