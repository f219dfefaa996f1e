"""Decides whether a message that could not be read may have been the awaited final text."""

__all__ = ["LostFinal"]


class LostFinal:
    """Follows the texts of a session, its skipped messages, and what was requested."""

    def __init__(self) -> None:
        self._has_open_text = False  # whether a partial text arrived after the last final text
        self._has_skipped = False  # whether a message was skipped after the last final text
        self._has_answer = False  # whether a final text arrived after the last flush or finish

    @property
    def has_open_text(self) -> bool:
        """Whether a partial text has words that no final text has confirmed yet."""
        return self._has_open_text

    @property
    def is_possible(self) -> bool:
        """Whether a skipped message may have been the last final text.

        Without a partial text, the service may have had no text to confirm.
        """
        return self._has_skipped and self._has_open_text and not self._has_answer

    def requested(self) -> None:
        """Take note that a flush or the finish asks for a final text."""
        self._has_answer = False

    def partial(self, text: str) -> None:
        """Take note of a partial text."""
        self._has_open_text = bool(text)

    def final(self) -> None:
        """Take note of a final text."""
        self._has_open_text = self._has_skipped = False
        self._has_answer = True

    def skipped(self) -> None:
        """Take note of a message that could not be read."""
        self._has_skipped = True
