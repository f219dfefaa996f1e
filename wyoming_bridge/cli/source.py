"""Reads the audio to transcribe from a file, standard input or a URL, in real time or faster.

This module reads WAV in the usual formats. FFmpeg's libraries, if they are installed, decode other
formats. Only standard input can be raw audio, and only if no other format is recognised.
"""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final

from ..audio import PCM_16K_MONO
from ..audio.wav import WavReader
from ..errors import AudioFormatError, ConfigError, DependencyError, reason_of
from ..media.container import Container, container_of, is_undecided
from ..media.encoded import is_encoded, may_be_encoded
from ..media.pace import FAST, Pace

__all__ = ["AudioSource", "is_address"]


_CHUNK_MS: Final = 64
"""The duration of a chunk of audio from a voice satellite."""

_BLOCK_BYTES: Final = 1 << 16


_CONTAINERS: Final = frozenset(Container)


def is_address(name: str) -> bool:
    """Return whether the name is a URL to fetch and not a file."""
    return name.startswith(("http://", "https://"))


@contextmanager
def _media_libraries() -> Iterator[None]:
    """Turn a failed import in the block into an error that says how to install the library."""
    try:
        yield
    except ModuleNotFoundError as err:
        raise DependencyError(
            f"reading this audio needs {err.name}: pip install 'wyoming-bridge[media]'"
        ) from err


class AudioSource:
    """The audio to transcribe. After ``open``, ``format`` is valid and ``chunks`` yields audio."""

    def __init__(self, name: str, *, speed: float, on_sent: Callable[[float], None]) -> None:
        """Create the source without opening it. With a ``speed`` of 2, audio is sent twice as fast.

        ``on_sent`` is called with the milliseconds of audio that have been sent.
        """
        self.format = PCM_16K_MONO
        self.total_ms: float | None = None
        """Duration of the audio; None if it is not known in advance."""
        self._name = name
        self._speed = speed
        self._on_sent = on_sent
        self._wav: WavReader | None = None
        self._decoded: AsyncGenerator[bytes, None] | None = None
        self._first = b""
        self._file: BinaryIO | None = None
        self._stream: asyncio.StreamReader | None = None
        self._pipe: asyncio.ReadTransport | None = None

    async def open(self) -> None:
        """Open the file, standard input or URL, and read until the format is known.

        Raises:
            ConfigError: The file cannot be read.
            AudioFormatError: Only FFmpeg's libraries can decode this WAV file, and they are not
                installed.
            DependencyError: Another format or a URL needs libraries that are not installed.
        """
        if is_address(self._name):
            with _media_libraries():
                from ..media.source import stream_audio
            self._decoded = stream_audio(
                self._name, target=PCM_16K_MONO, realtime=False, allow_private=True
            )
            return
        await self._open_input()
        head = await self._head()
        if container_of(head, among=_CONTAINERS) is Container.WAV:
            await self._open_wav(head)
        elif self._name != "-" or is_encoded(head):
            self._decode(head)
        else:
            self._first = head

    async def _head(self) -> bytes:
        """Read until the format is recognised or must be raw audio. Return the bytes so far."""
        head = b""
        while is_undecided(head, among=_CONTAINERS) or (
            self._name == "-" and not is_encoded(head) and may_be_encoded(head)
        ):
            block = await self._block()
            if not block:
                break
            head += block
        return head

    async def _open_wav(self, head: bytes) -> None:
        """Read the header of a WAV file, or let FFmpeg decode the file if the format is unusual."""
        wav = WavReader()
        try:
            self._first = wav.feed(head)
            while wav.format is None:
                block = await self._block()
                if not block:
                    wav.finish()
                head += block
                self._first += wav.feed(block)
        except AudioFormatError as err:
            self._decode(head, reason=err)
            return
        self._wav = wav
        self.format = wav.format
        if self._name != "-":
            self.total_ms = self.format.duration_ms(os.stat(self._name).st_size)  # noqa: PTH116 - a local file

    def _decode(self, head: bytes, *, reason: AudioFormatError | None = None) -> None:
        """Let FFmpeg's libraries decode the audio, which begins with ``head``."""
        if reason is not None and find_spec("av") is None:
            raise AudioFormatError(
                f"{self._place}: {reason.message}; more formats with PyAV: "
                "pip install 'wyoming-bridge[media]'"
            ) from reason
        self._first = b""
        with _media_libraries():
            from ..media.decoding import decoded
            from ..media.decoding_task import OWN_MEMORY_BYTES
        self._decoded = decoded(
            self._blocks(head),
            target=PCM_16K_MONO,
            memory_bytes=OWN_MEMORY_BYTES,
            place=self._place,
        )

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the audio in chunks of 64 ms, as a voice satellite does.

        Raises:
            MediaError: The audio cannot be fetched or decoded.
        """
        pace: Pace | None = None
        size = self.format.bytes_of(_CHUNK_MS)
        sent = 0
        held = bytearray()
        async with aclosing(self._decoded or self._audio()) as audio:
            async for block in audio:
                pace = pace or Pace(self.format, speed=self._speed)
                held += block
                while len(held) >= size:
                    chunk = bytes(held[:size])
                    del held[:size]
                    sent += len(chunk)
                    if self._speed != FAST:
                        await pace.keep(chunk)
                    yield chunk
                    self._on_sent(self.format.duration_ms(sent))
        if held:
            yield bytes(held)
        self._on_sent(self.format.duration_ms(sent + len(held)))

    @property
    def _place(self) -> str:
        return "standard input" if self._name == "-" else self._name

    async def _audio(self) -> AsyncGenerator[bytes, None]:
        """Yield the samples of a WAV file or of raw audio."""
        yield self._first
        while block := await self._block():
            yield self._wav.feed(block) if self._wav else block

    async def _blocks(self, head: bytes) -> AsyncGenerator[bytes | None, None]:
        """Yield the bytes of the input for the decoder: ``head``, then the rest."""
        yield head
        while block := await self._block():
            yield block

    def close(self) -> None:
        """Close what ``open`` opened."""
        if self._file:
            self._file.close()
        if self._pipe:
            self._pipe.close()

    async def _open_input(self) -> None:
        if self._name != "-":
            try:
                self._file = Path(self._name).open("rb")  # noqa: ASYNC230, SIM115 - local, and closed by close
            except OSError as err:
                raise ConfigError(f"{self._name}: {err.strerror}") from err
            return
        if sys.stdin is None:
            raise ConfigError("standard input is closed")
        kind = os.fstat(sys.stdin.fileno()).st_mode
        if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or sys.stdin.isatty()):
            self._file = sys.stdin.buffer  # asyncio cannot wait for files and devices
            return
        reader = asyncio.StreamReader(limit=_BLOCK_BYTES)
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
        )
        self._stream = reader

    async def _block(self) -> bytes:
        if self._stream:
            return await self._stream.read(_BLOCK_BYTES)
        try:
            return self._file.read(_BLOCK_BYTES) if self._file else b""
        except OSError as err:
            raise ConfigError(f"{self._place}: {reason_of(err)}") from err
