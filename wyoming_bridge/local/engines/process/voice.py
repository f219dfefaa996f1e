"""The server's end of one voice of an engine, which is a socket to the decoding process.

The process reads audio as fast as it decodes. If it is behind, the socket is full and ``feed``
waits. If the reader of ``results`` is megabytes behind, the process waits.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Final, Self

from ....events import FinalText, PartialText, Word
from ...engine import EngineError, EngineResult
from .wire import FAILED, LENGTH, READY

__all__ = ["ProcessVoice", "result_of"]

PIECE_BYTES: Final = 64 * 1024
"""The most audio that is written at once, and the most that this process buffers: 2 s."""

LINE_LIMIT_BYTES: Final = 1024 * 1024
"""The longest line. It is enough for hours of speech without a flush: a final takes about 25 bytes
per word."""

OPEN_LIMIT_S: Final = 10.0
"""The longest wait for the start of a voice. A fork takes milliseconds. Only a machine that swaps
needs seconds."""

PROGRESS_LIMIT_S: Final = 60.0
"""How long a process that has to answer may make no progress.

At most 10 s of audio are in buffers. Decoding them takes 3 s, times the number of voices per core.
"""


class ProcessVoice:
    """A voice that a process decodes. One task may feed it, and one task may read its results."""

    def __init__(
        self,
        *,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pid: int,
        on_close: Callable[["ProcessVoice"], None],
    ) -> None:
        self.pid = pid
        """The id of the process that decodes, for diagnostics and tests."""
        self._name = name
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
        name: str,
        sock: socket.socket,
        bias_terms: Sequence[str],
        on_close: Callable[["ProcessVoice"], None],
    ) -> Self:
        """Return a voice when its process is ready. The voice owns the socket from now on.

        Errors contain ``name``, the engine's name.

        Raises:
            EngineError: The process did not start.
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
            raise EngineError(f"{name} cannot start a voice: {err}") from err
        except BaseException:
            writer.transport.abort()
            raise
        return cls(name=name, reader=reader, writer=writer, pid=pid, on_close=on_close)

    async def feed(self, pcm: bytes) -> None:
        """Recognise more audio, and wait while the process is behind.

        Raises:
            EngineError: The process ended or is stuck, or the voice is closed.
        """
        for start in range(0, len(pcm), PIECE_BYTES):
            piece = pcm[start : start + PIECE_BYTES]
            await self._send(LENGTH.pack(len(piece)), piece)

    async def flush(self) -> None:
        """Request a final of all audio since the last final.

        Raises:
            EngineError: The process ended or is stuck, or the voice is closed.
        """
        self._finals_owed += 1
        if self._waiting is not None and self._waiting.when() is None:
            self._waiting.reschedule(asyncio.get_running_loop().time() + PROGRESS_LIMIT_S)
        await self._send(LENGTH.pack(0))

    async def results(self) -> AsyncIterator[EngineResult]:
        """Yield partials as they change and a final for each flush, until the voice is closed.

        Raises:
            EngineError: The process ended, is stuck, or sent a line that is not a result.
        """
        while line := await self._line():
            if line.startswith(FAILED):
                reason = line.removeprefix(FAILED).decode(errors="replace").strip()
                raise EngineError(f"{self._name} cannot continue: {reason}")
            try:
                result = result_of(line)
            except ValueError as err:
                raise EngineError(f"{self._name} sent an unreadable line: {err}") from err
            if isinstance(result, FinalText):
                self._finals_owed -= 1
            yield result

    async def close(self) -> None:
        """End the voice without waiting for the process, which may still decode some audio."""
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
        """Return the next line, or empty bytes if the voice is closed."""
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
            raise EngineError(
                f"{self._name} sent a line of more than {LINE_LIMIT_BYTES} bytes"
            ) from err
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
        return EngineError(f"the {self._name} process {self.pid} ended unexpectedly")

    def _stuck(self) -> EngineError:
        self._writer.transport.abort()
        return EngineError(
            f"the {self._name} process {self.pid} made no progress in {PROGRESS_LIMIT_S:g} s"
        )


def _greeting_of(line: bytes) -> int:
    """Return the process id in the first line of a process.

    Raises:
        ValueError: The process did not start. The message contains the reason.
    """
    match line.split():
        case [word, pid] if word == READY:
            return int(pid)
        case [word, *reason] if word == FAILED:
            raise ValueError(b" ".join(reason).decode(errors="replace"))
        case _:
            raise ValueError("its process ended")


def result_of(line: bytes) -> EngineResult:
    """Read a line of the process.

    Raises:
        ValueError: The line is neither a partial nor a final.
    """
    match line.decode().split():
        case ["partial", start_ms, end_ms, *words]:
            return PartialText(text=" ".join(words), start_ms=int(start_ms), end_ms=int(end_ms))
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
        case ["text", start_ms, end_ms, *words]:
            return FinalText(text=" ".join(words), start_ms=int(start_ms), end_ms=int(end_ms))
        case _:
            raise ValueError(line)
