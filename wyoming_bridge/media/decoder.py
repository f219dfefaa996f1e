"""Decodes encoded audio to raw audio while it arrives, in a separate process.

A client's data can crash FFmpeg's libraries or make them take gigabytes. So it is not decoded in
the process that serves other clients.

Back-pressure: if the reader of ``audio`` is slow, the decoder waits, and ``feed`` waits too. The
data that waits is in pipes and their buffers, whose sizes are limited.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from importlib.util import find_spec
from types import TracebackType
from typing import Self

from ..audio import AudioFormat
from ..errors import DependencyError, MediaError, MediaProblem
from .container import Container
from .decoder_places import DecoderPlace
from .decoding_task import SHARED_MEMORY_BYTES, new_task
from .worker.messages import POSITION, Kind
from .worker_process import BUFFER_BYTES, WorkerProcess

__all__ = ["MediaDecoder"]


class MediaDecoder:
    """Decodes one stream. Use it as a context manager: leaving it ends the worker process."""

    def __init__(
        self,
        *,
        target: AudioFormat,
        container: Container | None = None,
        memory_bytes: int = SHARED_MEMORY_BYTES,
    ) -> None:
        """Create a decoder to 16-bit mono. Without a ``container``, the decoder detects it.

        Raises:
            AudioFormatError: The target is not ``PCM_S16LE`` with one channel.
            DependencyError: The decoder's library is not installed.
        """
        self._task = new_task(target=target, container=container, memory_bytes=memory_bytes)
        if find_spec("av") is None:
            raise DependencyError(
                "decoding media needs PyAV: pip install 'wyoming-bridge[media]'", library="av"
            )
        self._place = DecoderPlace()
        self._worker: WorkerProcess | None = None
        self._error: MediaError | None = None
        self._done = False
        self._reading = False
        self._fed_bytes = 0
        self._starving_at = -1
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start the worker process. If too many decoders run, wait for one of them to end.

        Raises:
            MediaError: The worker process cannot be started, or the wait was too long.
        """
        await self._place.take()
        try:
            self._worker = await WorkerProcess.start(self._task)
        except OSError as err:
            raise _failed(f"the decoder cannot start: {err}") from err
        finally:
            if self._worker is None:
                self._place.leave()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def feed(self, data: bytes) -> None:
        """Take a piece of encoded audio of any size, and wait while the decoder is slow."""
        if self._worker is None:
            raise RuntimeError("the decoder is not running")
        stdin = self._worker.stdin
        for start in range(0, len(data), BUFFER_BYTES):
            if self._done or stdin.is_closing():
                return
            piece = data[start : start + BUFFER_BYTES]
            self._fed_bytes += len(piece)
            stdin.write(piece)
            with suppress(BrokenPipeError, ConnectionResetError):  # ``audio`` raises the error
                await stdin.drain()

    def finish(self, error: MediaError | None = None) -> None:
        """End the stream. ``error`` is the reason for an unexpected end; ``audio`` raises it."""
        self._error = error
        if self._worker is not None:
            self._worker.stdin.close()

    async def audio(self) -> AsyncGenerator[bytes, None]:
        """Yield the decoded audio as soon as it is ready, in pieces of at most 100 ms.

        Raises:
            MediaError: The stream is not audio, its format is not supported, the decoder crashed,
                or ``finish`` got this error.
        """
        failure: MediaError | None = None
        try:
            while not self._done:
                self._reading = True
                self._changed.set()
                try:
                    kind, content = await self._message()
                except asyncio.IncompleteReadError:
                    failure = await self._crashed()
                    break
                match kind:
                    case Kind.AUDIO:
                        self._reading = False
                        yield content
                    case Kind.STARVING:
                        (self._starving_at,) = POSITION.unpack(content)
                    case Kind.GROW:
                        failure = await self._grow()
                        if failure:
                            break
                    case Kind.FAILED:
                        failure = _failed(content.decode())
                        break
                    case Kind.ENDED:
                        break
            self._done = True
        finally:
            self._reading = False
            self._changed.set()
        if error := self._error or failure:
            raise error

    async def settle(self) -> None:
        """Wait until everything that was fed is decoded and read from ``audio``.

        Return at once after the end of the stream or a failure. Data that is not complete, such as
        half a frame, stays in the decoder.
        """
        while not self._done and not (self._reading and self._starving_at == self._fed_bytes):
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        """Kill the worker process, and wait until it has ended. A second call has no effect."""
        self._done = True
        self._changed.set()
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.stdin.close()
        self._place.stop_waiting()
        try:
            while self._reading:  # the reader of ``audio`` returns after the process has ended
                self._changed.clear()
                await self._changed.wait()
            await worker.ended()
        finally:  # even if the caller was cancelled, because the process was killed before
            self._place.leave()

    async def _message(self) -> tuple[Kind, bytes]:
        if self._worker is None:
            raise asyncio.IncompleteReadError(b"", None)
        return await self._worker.message()

    async def _grow(self) -> MediaError | None:
        """Let the worker take all of its memory, as soon as no other one does.

        Return an error if the wait was too long. Then the worker is ended.
        """
        worker = self._worker
        try:
            await self._place.grow()
        except MediaError as error:
            if worker is not None:
                worker.kill()  # it would wait forever, and so would ``feed``
            return error
        if worker is not None:
            worker.let_grow()
        return None

    async def _crashed(self) -> MediaError | None:
        """Return why the process ended without ENDED or FAILED; None if ``close`` ended it."""
        return None if self._worker is None else _failed(await self._worker.crash())


def _failed(text: str) -> MediaError:
    return MediaError(text, problem=MediaProblem.UNSUPPORTED_FORMAT)
