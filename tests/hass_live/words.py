"""The words on Home Assistant's pages in the languages in which tests walk through them.

A walk names each text in English, and the pages show it in the language of the person: as in
gettext, the English text is the key of its translations. They are read from the installed Home
Assistant and from the integration's own files, so a language is only a parameter of a walk.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from hass_client import Json, mapping
from live_hass import ENVIRONMENT, INTEGRATION

__all__ = ["LANGUAGES", "Words"]

LANGUAGES: Final = ("en", "de")
"""The languages of the pictures in the docs."""

_KEY_LANGUAGE: Final = "en"

_PLURAL: Final = re.compile(r"\{\w+, plural,.*?other \{([^{}]*)\}\s*\}", re.DOTALL)
"""A plural, of which only the form for most numbers is used."""

Texts = dict[str, str]
"""The texts by their paths, such as ``config.step.bridge.title``."""


class Words:
    """The texts in one language, by the English texts."""

    def __init__(self, language: str) -> None:
        """
        Args:
            language: One of ``LANGUAGES``.
        """
        self.language = language

    def home_assistant(self, english: str, *, within: str = "", **fields: str) -> str:
        """Return a text of Home Assistant.

        Args:
            english: The English text, with the names of its fields: ``Welcome {user}``.
            within: A part of the path, for a text that has several translations.
            fields: The values of the fields.

        Raises:
            LookupError: English has no such text, or it has several translations.
        """
        keys, texts = _home_assistant(_KEY_LANGUAGE), _home_assistant(self.language)
        return _translated(english, keys, texts, within, fields)

    def ours(self, english: str, *, within: str = "", **fields: str) -> str:
        """Return a text of the integration; arguments and errors are the same."""
        return _translated(english, _ours(_KEY_LANGUAGE), _ours(self.language), within, fields)


def _translated(
    english: str, keys: Texts, texts: Texts, within: str, fields: dict[str, str]
) -> str:
    paths = [path for path, text in keys.items() if text == english and within in path]
    # A text without a translation is shown in English.
    found = {texts.get(path, english) for path in paths}
    if len(found) != 1:
        raise LookupError(f"{english!r} has {len(found)} translations, in: {', '.join(paths)}")
    (text,) = found
    for name, value in fields.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@cache
def _home_assistant(language: str) -> Texts:
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    # The frontend has a file per panel, whose name ends with a hash.
    pages = packages / "hass_frontend" / "static" / "translations"
    files = [*pages.rglob(f"{language}-{'[0-9a-f]' * 32}.json")]
    # What all integrations have in common, such as the ends of their forms.
    common = packages / "homeassistant" / "components" / "homeassistant" / "translations"
    files.append(common / f"{language}.json")
    return {path: _most(text) for file in files for path, text in _texts(_read(file))}


@cache
def _ours(language: str) -> Texts:
    return dict(_texts(_read(INTEGRATION / "translations" / f"{language}.json")))


def _read(file: Path) -> Json:
    return mapping(json.loads(file.read_text("utf-8")))


def _texts(tree: Json, above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, str):
            yield above + name, value
        else:
            yield from _texts(mapping(value), f"{above}{name}.")


def _most(text: str) -> str:
    return _PLURAL.sub(r"\1", text)
