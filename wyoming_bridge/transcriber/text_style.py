"""The style of a transcript: as the service wrote it, or in the form of a command.

Home Assistant compares a command with its sentences letter by letter, apart from case. With a full
stop or "(laughter)" at the end, a command does not match.
"""

import re
from enum import StrEnum
from typing import Final

__all__ = ["TextStyle", "styled", "styled_prefix"]


class TextStyle(StrEnum):
    """How the text of a transcript is changed."""

    AS_IS = "as_is"
    """The text is not changed."""
    COMMANDS = "commands"
    """Sound tags, double spaces, and punctuation and dashes at the end are removed."""


# A service may send any text. A pattern must not be able to match the same character in two ways,
# because the time would then grow exponentially with the number of characters.
_INSIDE: Final = r"(?:[^\W\d]|[ '-])+"
_TAG: Final = re.compile(rf"\({_INSIDE}\)|\[{_INSIDE}\]|<{_INSIDE}>|[♪♫]+")
"""A sound that is not speech, such as "(laughter)", "[door slams]" or ♪. Brackets with digits
are kept, because digits were spoken."""

_OPENING: Final = re.compile(r"[(\[<][^()\[\]<>]*$")
"""The last open bracket of a text. More text may turn it into a tag."""

_SPACES: Final = re.compile(r"\s+")

_TAIL: Final = " \t\n.,;:!?…·‐‑‒–—―-。！？，、；：｡؟،؛।॥"  # noqa: RUF001 - all of them are meant
"""Punctuation that is removed at the end. Quotes and % belong to the text."""


def styled(text: str, text_style: TextStyle) -> str:
    """Return a whole transcript in the given style."""
    if text_style is TextStyle.AS_IS:
        return text
    return _SPACES.sub(" ", _TAG.sub(" ", text)).strip().rstrip(_TAIL)


def styled_prefix(text: str, text_style: TextStyle) -> str:
    """Return the beginning of a transcript in the given style.

    The whole transcript, in the same style, begins with the returned text.
    """
    return styled(text if text_style is TextStyle.AS_IS else _OPENING.sub("", text), text_style)
