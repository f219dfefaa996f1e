"""Why the profiles of an utterance failed, for its result and for the log.

The module does no I/O and reads no clock.
"""

from collections.abc import Iterable

from ..errors import BridgeError, ErrorText, FinalTimeoutError
from .limits import not_ready
from .transcription import Transcription

__all__ = ["ProfileErrors", "too_late"]


def too_late(transcription: Transcription, *, limit_s: float) -> BridgeError:
    """Return the error of a profile that sent no transcript in time."""
    return FinalTimeoutError(
        ErrorText.NO_TRANSCRIPT,
        provider=transcription.candidate.provider,
        seconds=f"{limit_s:g}",
    )


class ProfileErrors:
    """The errors of the profiles that were tried in one utterance.

    A profile that was only slow may still send its transcript, so its error is kept apart from that
    of its sessions.
    """

    def __init__(self) -> None:
        self._slow: dict[str, BridgeError] = {}  # by profile

    def note_late(self, transcription: Transcription) -> None:
        """Note that a profile's final did not come in time."""
        candidate = transcription.candidate
        self._slow[candidate.profile] = too_late(transcription, limit_s=candidate.limits.final_s)

    def note_not_ready(self, transcription: Transcription, *, limit_s: float) -> None:
        """Note that a profile had no session that was ready in time."""
        candidate = transcription.candidate
        self._slow[candidate.profile] = not_ready(
            None, limit_s=limit_s, provider=candidate.provider
        )

    def of(self, transcription: Transcription) -> Exception | None:
        """Return why a profile failed or is in trouble; None if no error is known."""
        slow = self._slow.get(transcription.candidate.profile)
        return transcription.error or transcription.sessions.last_error or slow

    def of_all(self, transcriptions: Iterable[Transcription]) -> list[BridgeError]:
        """Return the known errors of several profiles, except errors of the program itself."""
        errors = (self.of(each) for each in transcriptions)
        return [each for each in errors if isinstance(each, BridgeError)]
