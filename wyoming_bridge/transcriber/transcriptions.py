"""The transcriptions of one utterance: which of them counts.

The module does no I/O and does not depend on the time. ``Failover`` decides when to try the next
profile.
"""

from collections.abc import Sequence

from .attempt import Attempt
from .coverage import covers
from .transcription import Transcription

__all__ = ["Transcriptions"]


class Transcriptions:
    """The transcriptions of one utterance, one per profile that was tried, in order.

    Offsets are bytes of ``PCM_16K_MONO`` from the utterance's first audio.
    """

    def __init__(self, first: Transcription) -> None:
        self.all = [first]
        """All transcriptions. Only ``add`` changes this list."""

    def add(self, transcription: Transcription) -> None:
        """Add the transcription of the next profile."""
        self.all.append(transcription)

    @property
    def first(self) -> Transcription:
        """The transcription of the first profile."""
        return self.all[0]

    @property
    def newest(self) -> Transcription:
        """The transcription of the profile that was tried last."""
        return self.all[-1]

    @property
    def lead(self) -> Transcription:
        """The transcription whose text is shown, and which helps to find the endpoint.

        This is the first with a working session, or else the first that has not failed, or else
        the newest.
        """
        first = self.all[0]
        if len(self.all) == 1 or first.is_well:  # a fast path, taken for almost each piece of audio
            return first
        well = (each for each in self.all if each.is_well)
        waited_for = (each for each in self.all if not each.error)
        return next(well, None) or next(waited_for, self.all[-1])

    @property
    def complete(self) -> Transcription | None:
        """The transcription that contains all speech, or None.

        A complete transcription without words does not count if another transcription has words,
        even one whose profile has failed.
        """
        complete = [each for each in self.all if each.is_complete]
        if not complete:  # a fast path: almost always true, and read for each event
            return None
        with_text = next((each for each in complete if each.transcript.text), None)
        if with_text:
            return with_text
        return None if self.have_words else complete[0]

    @property
    def have_words(self) -> bool:
        """Whether at least one transcription has words, even one whose profile has failed."""
        return any(each.transcript.text for each in self.all)

    @property
    def needed_from(self) -> int:
        """The offset up to which the audio was sent to every open session."""
        return min(each.needed_from for each in self.all)

    @property
    def connections(self) -> int:
        """How many sessions were opened, for all profiles."""
        return sum(each.sessions.opened for each in self.all)

    def newest_that_covers(self, offset: int) -> Transcription | None:
        """Return the newest transcription that contains all speech up to an offset, or None."""
        known = (each for each in reversed(self.all) if covers(each.transcript, offset))
        return next(known, None)

    def before(self, transcription: Transcription) -> Sequence[Transcription]:
        """Return the transcriptions of the profiles that were tried before another one."""
        return self.all[: self.all.index(transcription)]

    def find(self, attempt: int) -> tuple[Transcription, Attempt] | None:
        """Return the open session with that attempt number, and its transcription, or None."""
        for each in self.all:
            if (found := each.sessions.open.get(attempt)) is not None:
                return each, found
        return None
