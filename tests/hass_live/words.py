"""The texts on Home Assistant's pages, in each language in which tests use the pages.

A test names each text in English, and gets the text that the page shows in the person's language.
As in gettext, the English text is the key of its translations. The translations are read from the
installed Home Assistant and from the integration's own files.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from hass_client import Json, mapping
from live_hass import ENVIRONMENT, INTEGRATION
from programs import FRONTEND

__all__ = ["LANGUAGES", "Words"]

LANGUAGES: Final = ("en", "de")
"""The languages of the pictures in the docs."""

_KEY_LANGUAGE: Final = "en"

_PLURAL: Final = re.compile(r"\{\w+, plural,.*?other \{([^{}]*)\}\s*\}", re.DOTALL)
"""A text with plural forms. The tests use only the form ``other``, which most numbers have."""

Texts = dict[str, str]
"""The texts by their paths, such as ``config.step.bridge.title``."""


class Words:
    """Looks up texts in one language by their English texts."""

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
            within: A part of the path, to choose among several translations of the text.
            fields: The values of the fields.

        Raises:
            LookupError: There is no such English text, or the text has several translations.
        """
        keys, texts = _home_assistant(_KEY_LANGUAGE), _home_assistant(self.language)
        return _translated(english, keys, texts, within, fields)

    def either(self, *english: str) -> str:
        """Return the text of Home Assistant for the first English text that this release has.

        Raises:
            LookupError: It has none of them.
        """
        known = set(_home_assistant(_KEY_LANGUAGE).values())
        return self.home_assistant(next((text for text in english if text in known), english[0]))

    def ours(self, english: str, *, within: str = "", **fields: str) -> str:
        """Return a text of the integration; see ``home_assistant`` for arguments and errors."""
        return _translated(english, _ours(_KEY_LANGUAGE), _ours(self.language), within, fields)


def _translated(
    english: str, keys: Texts, texts: Texts, within: str, fields: dict[str, str]
) -> str:
    paths = [path for path, text in keys.items() if text == english and within in path]
    # Home Assistant shows a text without a translation in English.
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
    frontend = Path(FRONTEND[0]) if FRONTEND else packages
    pages = frontend / "hass_frontend" / "static" / "translations"
    files = [*pages.rglob(f"{language}-{'[0-9a-f]' * 32}.json")]
    # The texts that all integrations share, such as the last pages of their forms.
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
