"""The audio of an utterance, kept for a service that has to hear it again.

Places on the tape are bytes of ``SERVICE_FORMAT`` from the first audio.
"""

from collections import deque
from collections.abc import Iterator

from ..providers.contract import SERVICE_FORMAT

__all__ = ["Tape", "milliseconds", "place_of"]

_BYTES_PER_MS = SERVICE_FORMAT.bytes_of(1)


def milliseconds(place: int) -> int:
    """A place as time from the first audio."""
    return place // _BYTES_PER_MS


def place_of(time_ms: float) -> int:
    """A time from the first audio as a place."""
    return int(time_ms) * _BYTES_PER_MS


class Tape:
    """Pieces of audio, in order; those at the beginning can be let go."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._begin = 0
        self._end = 0

    @property
    def begin(self) -> int:
        """The first place that is still kept."""
        return self._begin

    @property
    def end(self) -> int:
        """The place behind the last audio."""
        return self._end

    def append(self, pcm: bytes) -> None:
        """Keep more."""
        self._pieces.append(pcm)
        self._end += len(pcm)

    def between(self, start: int, stop: int) -> Iterator[bytes]:
        """What lies between two places, in the pieces it came in; they are cut at the ends."""
        place = self._begin
        for piece in self._pieces:
            after = place + len(piece)
            if after > start and place < stop:
                first, last = max(start - place, 0), min(stop - place, len(piece))
                yield piece if last - first == len(piece) else piece[first:last]
            place = after

    def release(self, before: int) -> None:
        """Let go the pieces that end before a place."""
        while self._pieces and self._begin + len(self._pieces[0]) <= before:
            self._begin += len(self._pieces.popleft())
