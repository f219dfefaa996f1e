"""The limit of the worker's memory.

The first share is enough for most files. Only one worker at a time may take more, so that several
workers together take little. Whether a file can be decoded must not depend on the files that are
decoded at the same time. So a worker that may need more waits until it is allowed.
"""

import mmap
import os
import resource
import signal
from contextlib import suppress
from typing import Final

from .messages import GROWN, DecodingTask, Kind
from .output import Output

__all__ = ["Memory"]

RESERVE_BYTES: Final = 8 << 20
"""The memory that must be free when FFmpeg reports the end of a file, and before the limit is
raised. With less, FFmpeg may have reported the end because it lacked memory."""

GROW_AT_BYTES: Final = 3 << 20
"""The memory beyond the libraries from which on the worker needs more than its first share. Files
without an index and without large pictures take 2 MiB."""


class Memory:
    """The limit of the memory that the worker takes. Without ``/proc`` there is no limit."""

    def __init__(self, task: DecodingTask, *, output: Output) -> None:
        self.limit_bytes = task.first_bytes
        """How much the worker may take beyond its libraries."""
        self._all_bytes = task.memory_bytes
        self._output = output
        self._statm: int | None = None
        with suppress(OSError):  # the file exists only on Linux
            self._statm = os.open("/proc/self/statm", os.O_RDONLY)  # stays open
        self._libraries_bytes = self._taken()
        self._limit()

    def check(self) -> None:
        """Call ``grow`` if the first share may not be enough for the rest of the stream."""
        if self.limit_bytes < self._all_bytes and (
            self._taken() - self._libraries_bytes > GROW_AT_BYTES
        ):
            self.grow()

    def grow(self) -> None:
        """Wait for the right to take all memory.

        Raises:
            MemoryError: So little is left of the first share that FFmpeg may have lacked memory.
        """
        if self.limit_bytes < self._all_bytes:
            self.check_reserve()
            self._output.send(Kind.GROW)
            signal.sigwait({GROWN})
            self.limit_bytes = self._all_bytes
            self._limit()

    def check_reserve(self) -> None:
        """Check that memory is left. The pages count for the limit, but are never used.

        Raises:
            MemoryError: Too little memory is left.
        """
        try:
            mmap.mmap(-1, RESERVE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
        except OSError as err:
            raise MemoryError from err

    def _limit(self) -> None:
        if self._statm is not None:
            soft, hard = self.limit_bytes, self._all_bytes
            libraries = self._libraries_bytes
            resource.setrlimit(resource.RLIMIT_DATA, (libraries + soft, libraries + hard))

    def _taken(self) -> int:
        if self._statm is None:
            return 0
        return int(os.pread(self._statm, 256, 0).split()[5]) * resource.getpagesize()
