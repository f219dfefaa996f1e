"""One voice of PocketSphinx, seen from the server: a socket to the process that hears it.

Who slows whom: the process reads audio as fast as it decodes, the socket fills, and ``feed``
waits. A reader of ``results`` that falls behind by megabytes stops the process in the same way.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Final, Self

from ....events import FinalText, PartialText, Word
from ...engine import EngineError, EngineResult
from .worker import LENGTH, READY

__all__ = ["PocketsphinxVoice", "result_of"]

PIECE_BYTES: Final = 64 * 1024
"""2 s of audio: what is written at once, and may wait unsent beside what the kernel holds."""

LINE_LIMIT_BYTES: Final = 1024 * 1024
"""A final takes about 25 bytes a word: hours of speech without a flush."""

OPEN_LIMIT_S: Final = 10.0
"""A fork takes milliseconds; this much only passes on a machine that swaps."""

PROGRESS_LIMIT_S: Final = 60.0
"""Longest silence of a process that owes something.

At most 10 s of audio wait in buffers, which is 3 s of decoding, times the voices per core.
"""


class PocketsphinxVoice:
    """A speaker heard in a process of its own; feed from one task, read from one task."""

    def __init__(
        self,
        *,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pid: int,
        on_close: Callable[["PocketsphinxVoice"], None],
    ) -> None:
        self.pid = pid
        """The process, for diagnostics and tests."""
        self._reader = reader
        self._writer = writer
        self._on_close = on_close
        self._closed = False
        self._finals_owed = 0
        self._waiting: asyncio.Timeout | None = None

    @classmethod
    async def begin(
        cls,
        *,
        sock: socket.socket,
        bias_terms: Sequence[str],
        on_close: Callable[["PocketsphinxVoice"], None],
    ) -> Self:
        """Take the socket over and wait until the process listens.

        Raises:
            EngineError: There is no process at the other end.
        """
        reader, writer = await asyncio.open_connection(sock=sock, limit=LINE_LIMIT_BYTES)
        writer.transport.set_write_buffer_limits(high=PIECE_BYTES)
        terms = " ".join(bias_terms).encode(errors="replace")
        writer.writelines((LENGTH.pack(len(terms)), terms))
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                pid = _greeting_of(await reader.readline())
        except (OSError, ValueError) as err:
            writer.transport.abort()
            raise EngineError("pocketsphinx could not begin a voice") from err
        except BaseException:
            writer.transport.abort()
            raise
        return cls(reader=reader, writer=writer, pid=pid, on_close=on_close)

    async def feed(self, pcm: bytes) -> None:
        """Hear more audio; waits while the process is behind.

        Raises:
            EngineError: The process ended or is stuck, or the voice is closed.
        """
        for start in range(0, len(pcm), PIECE_BYTES):
            piece = pcm[start : start + PIECE_BYTES]
            await self._send(LENGTH.pack(len(piece)), piece)

    async def flush(self) -> None:
        """Ask for a final of all audio since the last one.

        Raises:
            EngineError: The process ended or is stuck, or the voice is closed.
        """
        self._finals_owed += 1
        if self._waiting is not None and self._waiting.when() is None:
            self._waiting.reschedule(asyncio.get_running_loop().time() + PROGRESS_LIMIT_S)
        await self._send(LENGTH.pack(0))

    async def results(self) -> AsyncIterator[EngineResult]:
        """Partials as they change, and a final for each flush; ends when the voice is closed.

        Raises:
            EngineError: The process ended or is stuck.
        """
        while line := await self._line():
            try:
                result = result_of(line)
            except ValueError as err:
                raise EngineError(f"pocketsphinx said something unreadable: {err}") from err
            if isinstance(result, FinalText):
                self._finals_owed -= 1
            yield result

    async def close(self) -> None:
        """Forget the voice at once; its process ends within milliseconds of decoding."""
        if self._closed:
            return
        self._closed = True
        self._on_close(self)
        self._writer.transport.abort()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _send(self, *parts: bytes) -> None:
        if self._closed or self._writer.is_closing() or self._reader.at_eof():
            raise self._ended()
        self._writer.writelines(parts)
        try:
            async with asyncio.timeout(PROGRESS_LIMIT_S):
                await self._writer.drain()
        except TimeoutError as err:
            raise self._stuck() from err
        except OSError as err:
            raise self._ended() from err

    async def _line(self) -> bytes:
        """The next line, or nothing once the voice is closed."""
        line = b""
        try:
            async with asyncio.timeout(PROGRESS_LIMIT_S if self._finals_owed else None) as waiting:
                self._waiting = waiting
                line = await self._reader.readline()
        except TimeoutError as err:
            raise self._stuck() from err
        except OSError as err:
            if not self._closed:
                raise self._ended() from err
        except ValueError as err:
            raise EngineError("pocketsphinx said more at once than is allowed") from err
        finally:
            self._waiting = None
        if self._closed:
            return b""
        if not line.endswith(b"\n"):
            raise self._ended()
        return line

    def _ended(self) -> EngineError:
        if self._closed:
            return EngineError("the voice is closed")
        return EngineError(f"the pocketsphinx process {self.pid} ended unexpectedly")

    def _stuck(self) -> EngineError:
        self._writer.transport.abort()
        return EngineError(
            f"the pocketsphinx process {self.pid} made no progress in {PROGRESS_LIMIT_S:g} s"
        )


def _greeting_of(line: bytes) -> int:
    """The process's number; raises ValueError if there is no process."""
    match line.split():
        case [word, pid] if word == READY:
            return int(pid)
        case _:
            raise ValueError(line)


def result_of(line: bytes) -> EngineResult:
    """Read a line of the process.

    Raises:
        ValueError: It is neither a partial nor a final.
    """
    match line.decode().split():
        case ["partial", start_ms, *words]:
            return PartialText(text=" ".join(words), start_ms=int(start_ms))
        case ["final", start_ms, end_ms, *fields]:
            said = tuple(
                Word(text=text, start_ms=int(start), end_ms=int(end), confidence=float(confidence))
                for start, end, confidence, text in zip(*[iter(fields)] * 4, strict=True)
            )
            return FinalText(
                text=" ".join(word.text for word in said),
                words=said,
                start_ms=int(start_ms),
                end_ms=int(end_ms),
            )
        case _:
            raise ValueError(line)
