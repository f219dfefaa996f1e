"""Recognising what the service sends twice: committed text as partial text, and answers."""

from collections.abc import Sequence

from ..messages import CommittedTranscriptWithTimestamps, TimedWord
from ..pairing import CommitAnswer

__all__ = ["Repeats"]


class Repeats:
    """What the last answer to a commit said, and what came after it."""

    def __init__(self, *, service_commits: bool) -> None:
        """Begin without an answer. ``service_commits``: the service commits by itself as well."""
        self._service_commits = service_commits
        self._text: str | None = None
        self._words: Sequence[TimedWord] | None = None
        self._has_partial = False

    def answered(self, answer: CommitAnswer) -> None:
        """Note the first answer to a commit."""
        self._text = answer.text
        self._words = _words_of(answer)
        self._has_partial = False

    def is_echo(self, partial: str) -> bool:
        """Return whether a partial text is the text of the last commit once more.

        The service was observed to send it again and again. The same words spoken again look the
        same; they count when they are committed, or when more words follow.
        """
        self._has_partial = True
        return bool(partial) and partial == self._text

    def is_repeated(self, answer: CommitAnswer, *, is_awaited: bool) -> bool:
        """Return whether a first answer is the last one once more.

        ``is_awaited``: a commit of the client has no answer yet.
        """
        if answer.text != self._text:
            return False
        if not self._service_commits:
            return not is_awaited
        # A commit of the service itself has words before it, or words of another time.
        words, known = _words_of(answer), self._words
        has_other_times = words is not None and known is not None and words != known
        return not (self._has_partial or has_other_times)


def _words_of(answer: CommitAnswer) -> Sequence[TimedWord] | None:
    return answer.words if isinstance(answer, CommittedTranscriptWithTimestamps) else None
