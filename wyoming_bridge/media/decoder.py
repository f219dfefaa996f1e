"""Decodes encoded audio to raw audio while it arrives, in a separate process.

A client's data can crash FFmpeg's libraries or make them take gigabytes. So it is not decoded in
the process that serves other clients.

Back-pressure: if the reader of ``audio`` is slow, the decoder waits, and ``feed`` waits too. The
data that waits is in pipes and their buffers, whose sizes are limited.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from weakref import WeakKeyDictionary

from ..audio import AudioFormat, Encoding
from ..audio.format import MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ
from ..errors import AudioFormatError, DependencyError, MediaError, MediaProblem
from .container import Container
from .formats import CODECS, CONTAINERS, FORMATS
from .worker.messages import GROWN, HEADER, POSITION, DecodingTask, Kind

__all__ = [
    "MAX_DECODED_CHANNELS",
    "MAX_DECODERS",
    "OWN_MEMORY_BYTES",
    "SHARED_MEMORY_BYTES",
    "MediaDecoder",
]

MAX_DECODED_CHANNELS: Final = 16
"""The number of channels of 9.1.6, the largest loudspeaker layout that FFmpeg knows."""

MAX_DECODERS: Final = 2
"""The most decoders that this process runs at once; others wait.

All decoders together take at most 100 MiB: 16 MiB for the libraries that they share, 12 MiB for
each decoder, and the memory of a large and a small file. The local server itself takes 55 MiB.
"""

_WAIT_S: Final = 10.0
"""How long a decoder may wait for another one to end. Decoding a file takes a second or two, or
five for an hour of speech, but a stream may take hours. After this time, the error says that too
many decoders are running."""

SHARED_MEMORY_BYTES: Final = 48 << 20
"""The most memory that a decoder in a server may take beyond its libraries. An hour of speech in a
file with its index at the end takes 46 MiB, of which 8 MiB only have to be free."""

_FIRST_MEMORY_BYTES: Final = 12 << 20
"""The part of ``SHARED_MEMORY_BYTES`` that each decoder may take. Only one at a time may take more.
Most files take 10 MiB, of which 8 MiB only have to be free."""

_WHOLE_BYTES: Final = 28 << 20
"""The largest file that is read whole: an hour of speech."""

OWN_MEMORY_BYTES: Final = 128 << 20
"""The same limit for a user's own file. It is larger, because only one such file is decoded at a
time."""

_OWN_WHOLE_BYTES: Final = 64 << 20
"""The largest file of a user that is read whole."""

_LAUNCHER: Final = Path(__file__).with_name("worker") / "launch.py"
"""The worker's script. It is started by its path, so that it does not import this package."""

_BUFFER_BYTES: Final = 64 * 1024
"""The most bytes that this process buffers for each pipe: a few seconds of encoded audio, or 2 s of
decoded audio."""


class _Places:
    """The places for decoders. Decoders get them in the order of their arrival."""

    def __init__(self) -> None:
        self.all = asyncio.Semaphore(MAX_DECODERS)
        self.large = asyncio.Semaphore(1)
        """For the decoder that may take more than ``_FIRST_MEMORY_BYTES``."""


_PLACES: Final = WeakKeyDictionary[asyncio.AbstractEventLoop, _Places]()
"""The places, by event loop, because semaphores belong to one. A server has only one."""


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
        if target.encoding is not Encoding.PCM_S16LE or target.channels != 1:
            raise AudioFormatError(
                f"cannot decode to {target.encoding} with {target.channels} channels; allowed: "
                "pcm_s16le with 1 channel, at any rate"
            )
        if find_spec("av") is None:
            raise DependencyError(
                "decoding media needs PyAV: pip install 'wyoming-bridge[media]'", library="av"
            )
        is_own = memory_bytes > SHARED_MEMORY_BYTES
        self._task = DecodingTask(
            target_hz=target.sample_rate_hz,
            min_hz=MIN_SAMPLE_RATE_HZ,
            max_hz=MAX_SAMPLE_RATE_HZ,
            max_channels=MAX_DECODED_CHANNELS,
            first_bytes=memory_bytes if is_own else min(_FIRST_MEMORY_BYTES, memory_bytes),
            memory_bytes=memory_bytes,
            whole_bytes=_OWN_WHOLE_BYTES if is_own else _WHOLE_BYTES,
            formats=FORMATS,
            codecs=CODECS,
            container=None if container is None else CONTAINERS[container],
        )
        self._places = _PLACES.setdefault(asyncio.get_running_loop(), _Places())
        self._is_large = False
        self._growing: asyncio.Timeout | None = None
        self._process: Process | None = None
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
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._places.all.acquire()
        except TimeoutError:
            raise MediaError(
                f"max {MAX_DECODERS} concurrent decoders of files and streams reached",
                problem=MediaProblem.BUSY,
            ) from None
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-SP",  # import only from PYTHONPATH, and not from the script's folder
                str(_LAUNCHER),
                json.dumps(asdict(self._task)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=_BUFFER_BYTES,
                env=_environment(),
                # The process has its own session, so that Ctrl-C in a terminal does not stop it.
                start_new_session=True,
            )
        except OSError as err:
            raise _failed(f"the decoder cannot start: {err}") from err
        finally:
            if self._process is None:
                self._places.all.release()
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
        stdin = self._stdin
        for start in range(0, len(data), _BUFFER_BYTES):
            if self._done or stdin.is_closing():
                return
            piece = data[start : start + _BUFFER_BYTES]
            self._fed_bytes += len(piece)
            stdin.write(piece)
            with suppress(BrokenPipeError, ConnectionResetError):  # ``audio`` raises the error
                await stdin.drain()

    def finish(self, error: MediaError | None = None) -> None:
        """End the stream. ``error`` is the reason for an unexpected end; ``audio`` raises it."""
        self._error = error
        if self._process is not None:
            self._stdin.close()

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
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        if self._growing:
            self._growing.reschedule(0)  # ends the wait at once
        try:
            while self._reading:  # the reader of ``audio`` returns after the process has ended
                self._changed.clear()
                await self._changed.wait()
            if process.stdout is not None:
                await process.stdout.read()  # unread data would keep the pipe's transport open
            await process.wait()
        finally:  # even if the caller was cancelled, because the process was killed before
            self._places.all.release()
            if self._is_large:
                self._is_large = False
                self._places.large.release()

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the decoder is not running")
        return self._process.stdin

    async def _message(self) -> tuple[Kind, bytes]:
        if self._process is None or self._process.stdout is None:
            raise asyncio.IncompleteReadError(b"", None)
        kind, size = HEADER.unpack(await self._process.stdout.readexactly(HEADER.size))
        return Kind(kind.decode()), await self._process.stdout.readexactly(size)

    async def _grow(self) -> MediaError | None:
        """Let the worker take all of its memory, as soon as no other one does.

        Return an error if the wait was too long. Then the worker is ended.
        """
        process = self._process
        try:
            async with asyncio.timeout(_WAIT_S) as self._growing:
                await self._places.large.acquire()
        except TimeoutError:
            if process is not None:
                with suppress(ProcessLookupError):
                    process.kill()  # it would wait forever, and so would ``feed``
            return MediaError(
                "max 1 concurrent decoder of a file that needs much memory reached",
                problem=MediaProblem.BUSY,
            )
        finally:
            self._growing = None
        self._is_large = True
        if process is not None:
            with suppress(ProcessLookupError):  # it has crashed, which ``audio`` finds out
                process.send_signal(GROWN)
        return None

    async def _crashed(self) -> MediaError | None:
        """Return why the process ended without ENDED or FAILED; None if ``close`` ended it."""
        if self._process is None:
            return None
        code = await self._process.wait()
        if code == -signal.SIGPROF:
            return _failed("the decoder made no progress and was ended")
        return _failed(f"the decoder crashed ({_name_of(code)})")


def _failed(text: str) -> MediaError:
    return MediaError(text, problem=MediaProblem.UNSUPPORTED_FORMAT)


def _name_of(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


def _environment() -> dict[str, str]:
    """Return the variables that the process needs to find its libraries, and no secrets."""
    environment = {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT"):
        if name in os.environ:
            environment[name] = os.environ[name]
    return environment
