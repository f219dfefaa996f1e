"""Recognises repeated texts: a partial text that is already committed, and a repeated answer."""

from collections.abc import Sequence

from ..pairing import CommitAnswer
from ..settings import MIN_COMMIT_MS
from ..transcripts import CommittedTranscriptWithTimestamps, TimedWord

__all__ = ["Repeats"]


class Repeats:
    """Remembers the last answer to a commit, and what followed: partial texts and audio."""

    def __init__(self, *, service_commits: bool) -> None:
        """Begin without an answer. ``service_commits`` is whether the service commits too."""
        self._service_commits = service_commits
        self._text: str | None = None
        self._words: Sequence[TimedWord] | None = None
        self._has_partial = False
        self._new_ms = 0.0
        self._is_committed = False

    def send(self, duration_ms: float) -> None:
        """Count audio of the caller as sent."""
        if not self._is_committed:
            self._new_ms += duration_ms

    def commit(self) -> None:
        """Note a commit of the client. Its answer contains none of the audio after it."""
        self._is_committed = True

    def answered(self, answer: CommitAnswer) -> None:
        """Note the first answer to a commit."""
        self._text = answer.text
        self._words = _words_of(answer)
        self._has_partial = False
        self._ignore_audio()

    def enriched(self, answer: CommitAnswer) -> None:
        """Note another answer to the same commit."""
        if answer.text == self._text:
            self._words = self._words or _words_of(answer)

    def repeated(self) -> None:
        """Note an answer that was a repetition."""
        self._ignore_audio()

    def _ignore_audio(self) -> None:
        self._new_ms = 0.0
        self._is_committed = False

    def is_echo(self, partial: str) -> bool:
        """Return whether a partial text repeats the text of the last commit.

        The service was observed to repeat this text many times. If the user speaks the same words
        again, they are reported when they are committed, or when more words follow.
        """
        self._has_partial = True
        return bool(partial) and partial == self._text

    def is_repeated(self, answer: CommitAnswer, *, is_awaited: bool) -> bool:
        """Return whether an answer only repeats the last answer, and belongs to no new commit.

        ``is_awaited`` is whether a commit of the client has no answer yet.
        """
        if answer.text != self._text:
            return False
        if not self._service_commits:
            return not is_awaited
        # The answer to a new commit of the service has different word times, or a partial text or
        # enough audio for a commit came before it.
        words, known = _words_of(answer), self._words
        has_other_times = words is not None and known is not None and words != known
        has_new_audio = self._new_ms >= MIN_COMMIT_MS
        return not (self._has_partial or has_other_times or has_new_audio)


def _words_of(answer: CommitAnswer) -> Sequence[TimedWord] | None:
    return answer.words if isinstance(answer, CommittedTranscriptWithTimestamps) else None
