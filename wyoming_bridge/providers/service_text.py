"""Texts of services, shortened for messages: a service may answer with a page in HTML."""

import re
from typing import Final

__all__ = ["is_markup", "plain_text"]

_SHOWN_CHARACTERS: Final = 200
"""How much of the service's own text an error message quotes."""

# A service may answer with a megabyte of any text. So the time to search a text must grow with its
# size, and not with the square of its size.
_MARKUP: Final = re.compile(r"<(?:html|!doctype|head|body)\b", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^<>]*>", re.IGNORECASE)
_TITLE_END: Final = re.compile(r"</title>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>?")


def plain_text(text: str) -> str:
    """Return a service's text on one line, shortened for display. HTML is reduced to its title."""
    if is_markup(text):
        title = _title_of(text)
        import html  # here, because few services answer with a page and the module takes 0.5 MB

        text = "HTML" if title is None else _TAG.sub("", html.unescape(title))
    shown = " ".join(text.split())
    if len(shown) <= _SHOWN_CHARACTERS:
        return shown
    cut = shown[:_SHOWN_CHARACTERS]
    return cut.rpartition(" ")[0] or cut  # whole words, because half a token would not be masked


def is_markup(text: str) -> bool:
    """Return whether a text is a page in HTML or XML."""
    begin = text.lstrip().removeprefix("\ufeff").lstrip()
    return begin.startswith("<") or _MARKUP.search(text) is not None


def _title_of(page: str) -> str | None:
    begin = _TITLE.search(page)
    end = _TITLE_END.search(page, begin.end()) if begin else None
    return page[begin.end() : end.start()] if begin and end else None
