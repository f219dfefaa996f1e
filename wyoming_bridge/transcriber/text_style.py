"""How a transcript is written: as the service wrote it, or as commands are matched.

Home Assistant compares a command with sentences, letter by letter but for case: a full stop or
"(laughter)" behind it is enough for it not to be understood.
"""

import re
from enum import StrEnum
from typing import Final

__all__ = ["TextStyle", "styled", "styled_prefix"]


class TextStyle(StrEnum):
    """What is done to the text of a transcript."""

    AS_IS = "as_is"
    """Nothing."""
    COMMANDS = "commands"
    """Tags of sounds, doubled spaces, and punctuation and dashes at the end are taken away."""


_INSIDE: Final = r"(?:[^\W\d]|[ '_-])+"
_TAG: Final = re.compile(rf"\({_INSIDE}\)|\[{_INSIDE}\]|<{_INSIDE}>|[♪♫]+")
"""A sound that is not speech: "(laughter)", "[door slams]", a note. What has digits was said."""

_OPENING: Final = re.compile(r"[(\[<][^)\]>]*$")
"""A bracket that is not closed yet may become a tag."""

_SPACES: Final = re.compile(r"\s+")

_TAIL: Final = " \t\n.,;:!?…·‐‑‒–—―-。！？，、；：｡؟،؛।॥"  # noqa: RUF001 - they look alike on purpose
"""Punctuation of the languages that the services write. Quotes and % are part of what was said."""


def styled(text: str, text_style: TextStyle) -> str:
    """A whole transcript."""
    if text_style is TextStyle.AS_IS:
        return text
    return _SPACES.sub(" ", _TAG.sub(" ", text)).strip().rstrip(_TAIL)


def styled_prefix(text: str, text_style: TextStyle) -> str:
    """The beginning of a transcript, so that it stays one whatever is said next."""
    return styled(text if text_style is TextStyle.AS_IS else _OPENING.sub("", text), text_style)
