"""The text of an utterance that is shown while the user speaks."""

from dataclasses import replace

from .commands import Command, Update
from .result import Revision
from .text_style import TextStyle, styled, styled_prefix
from .transcript import Transcript

__all__ = ["ShownText"]


class ShownText:
    """The newest revision of the text, which is published when it changes."""

    def __init__(self, text_style: TextStyle, *, commands: list[Command]) -> None:
        self.length = 0
        """The length of the longest text so far; 0 if there were no words."""
        self._text_style = text_style
        self._commands = commands
        self._revision = Revision(text="", settled="")

    def take(self, transcript: Transcript) -> bool:
        """Publish the text if it changed. Return whether it is the longest text so far."""
        text = transcript.text
        has_more = len(text) > self.length
        self.length = max(self.length, len(text))
        revision = Revision(
            text=styled(text, self._text_style),
            settled=styled_prefix(transcript.settled, self._text_style),
            speakers=tuple(
                replace(each, text=styled(each.text, self._text_style))
                for each in transcript.speakers
            ),
        )
        if revision != self._revision:
            self._revision = revision
            self._commands.append(Update(revision=revision))
        return has_more
