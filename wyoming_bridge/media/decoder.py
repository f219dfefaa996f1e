"""Decodes encoded audio to raw audio as it arrives, with FFmpeg's libraries in a separate thread.

Back-pressure: a slow reader of ``audio`` stops the decoder, and the decoder stops ``feed``. Both
buffers are bounded.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from ..audio import AudioFormat, Encoding
from ..errors import AudioFormatError, DependencyError, MediaError, MediaProblem
from .container import Container

if TYPE_CHECKING:
    import av

__all__ = ["MediaDecoder"]

_MAX_WAITING_BYTES: Final = 256 * 1024
"""Most encoded audio that waits for the decoder; it holds a few seconds."""

_MAX_PIECES: Final = 32
"""Most decoded pieces that wait for the reader, of 20 to 100 ms each."""

_MAX_BAD_PACKETS: Final = 50
"""Most bad packets in a row. A stream that is joined in the middle begins with a few."""

_PROBING: Final = {"probesize": "8192", "analyzeduration": "200000"}
"""How much FFmpeg analyses before it decodes. Its default is 5 s of the stream.

Measured: MPEG-TS gives its first audio after 0.2 s of the stream, WebM 0.25, AAC 0.4, MP3 0.7, Ogg
1.1 (its pages are a second long). FFmpeg's ``nobuffer`` is not faster, and drops the audio that
was analysed.
"""

_FORMATS: Final = {
    Container.WAV: "wav",
    Container.OGG: "ogg",
    Container.FLAC: "flac",
    Container.WEBM: "matroska",
}
"""FFmpeg's names of the containers."""


class _Ended(Exception):  # noqa: N818 - an end, not an error
    """The decoder was closed while it waited."""


class MediaDecoder:
    """Decodes one stream. Use it as a context manager: leaving it stops the thread."""

    def __init__(self, *, target: AudioFormat, container: Container | None = None) -> None:
        """Create a decoder to 16-bit mono. It detects the container if none is given.

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
        self._target = target
        self._format = None if container is None else _FORMATS[container]
        self._loop = asyncio.get_running_loop()
        self._input = _Input(self._on_read)
        self._room = threading.Semaphore(_MAX_PIECES)
        self._pieces: deque[bytes] = deque()
        self._error: MediaError | None = None
        self._done = False
        self._closed = False
        self._fed_bytes = 0
        self._read_bytes = 0
        self._starving_at = -1
        self._reading = False
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._work, name="decode media", daemon=True)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(import_module, "av")  # takes 0.1 s, and longer on a small board
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def feed(self, data: bytes) -> None:
        """Take the next piece of encoded audio, cut anywhere; wait while the decoder is slow."""
        while not self._done and self._fed_bytes - self._read_bytes > _MAX_WAITING_BYTES:
            await self._change()
        self._fed_bytes += len(data)
        self._input.put(data)

    def finish(self, error: MediaError | None = None) -> None:
        """End the stream. ``error`` says why if the end was unexpected."""
        self._error = error
        self._input.put(None)

    async def audio(self) -> AsyncGenerator[bytes, None]:
        """Yield the decoded audio as soon as it is ready.

        Raises:
            MediaError: The stream is not audio, or its format is not supported.
        """
        try:
            while True:
                while self._pieces:
                    self._reading = False
                    piece = self._pieces.popleft()
                    self._room.release()
                    yield piece
                self._reading = True
                self._notify()
                if self._done:
                    break
                await self._change()
        finally:
            self._reading = False
        if self._error:
            raise self._error

    async def settle(self) -> None:
        """Wait until everything that was fed is decoded and read from ``audio``.

        Data that the decoder cannot know to be complete stays in it.
        """
        while not (self._done or self._starving_at == self._fed_bytes) or not self._drained:
            await self._change()

    async def close(self) -> None:
        """Stop at once. Closing twice is allowed."""
        self._closed = self._done = True
        self._input.close()
        self._room.release()
        self._notify()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    @property
    def _drained(self) -> bool:
        return self._closed or (not self._pieces and (self._reading or self._done))

    async def _change(self) -> None:
        """Wait for the next change of the state."""
        self._changed.clear()
        await self._changed.wait()

    def _notify(self) -> None:
        self._changed.set()

    # These methods run in the thread.

    def _work(self) -> None:
        error = None
        try:
            self._decode()
        except _Ended:
            pass
        except MediaError as err:
            error = err
        with suppress(RuntimeError):  # the event loop may be closed already
            self._loop.call_soon_threadsafe(self._on_end, error)

    def _decode(self) -> None:
        import av

        av.logging.set_level(None)  # the library would write to standard error
        try:
            with av.open(
                self._input, mode="r", format=self._format, options=dict(_PROBING)
            ) as media:
                if not media.streams.audio:
                    raise MediaError(
                        "the file has no audio track", problem=MediaProblem.UNSUPPORTED_FORMAT
                    )
                resampler = av.AudioResampler(
                    format="s16", layout="mono", rate=self._target.sample_rate_hz
                )
                bad = 0
                for packet in media.demux(media.streams.audio[0]):
                    try:
                        frames = packet.decode()
                    except av.error.InvalidDataError:
                        bad += 1
                        if bad > _MAX_BAD_PACKETS:
                            raise
                        continue
                    bad = 0
                    for frame in frames:
                        if isinstance(frame, av.AudioFrame):
                            self._put(resampler.resample(frame))
                self._put(resampler.resample(None))
        except (av.error.FFmpegError, ValueError) as err:
            if self._input.closed:
                raise _Ended from err
            raise MediaError(
                "the file is not audio, or its format is not supported",
                problem=MediaProblem.UNSUPPORTED_FORMAT,
            ) from err

    def _put(self, frames: "list[av.AudioFrame]") -> None:
        for frame in frames:
            pcm = bytes(frame.planes[0])[: frame.samples * self._target.bytes_per_frame]
            if not pcm:
                continue
            self._room.acquire()
            if self._input.closed:
                raise _Ended
            self._loop.call_soon_threadsafe(self._on_piece, pcm)

    def _on_read(self, read_bytes: int, *, starving: bool) -> None:
        self._loop.call_soon_threadsafe(self._on_progress, read_bytes, starving)

    # These methods run in the event loop.

    def _on_piece(self, pcm: bytes) -> None:
        self._pieces.append(pcm)
        self._notify()

    def _on_progress(self, read_bytes: int, starving: bool) -> None:  # noqa: FBT001 - a callback
        self._read_bytes = read_bytes
        if starving:
            self._starving_at = read_bytes
        self._notify()

    def _on_end(self, error: MediaError | None) -> None:
        self._error = self._error or error
        self._done = True
        self._notify()


class _OnRead(Protocol):
    def __call__(self, read_bytes: int, *, starving: bool) -> None: ...


class _Input:
    """The file-like input of FFmpeg. A read waits for more data until the stream has ended."""

    def __init__(self, on_read: "_OnRead") -> None:
        self._on_read = on_read
        self._waiting = bytearray()
        self._read_bytes = 0
        self._ended = False
        self.closed = False
        self._changed = threading.Condition()

    def put(self, data: bytes | None) -> None:
        """Add data, or None for the end of the stream."""
        with self._changed:
            if data is None:
                self._ended = True
            else:
                self._waiting += data
            self._changed.notify()

    def close(self) -> None:
        """Wake the reader, which then stops."""
        with self._changed:
            self.closed = True
            self._changed.notify()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes; empty at the end of the stream."""
        with self._changed:
            if not (self._waiting or self._ended or self.closed):
                self._on_read(self._read_bytes, starving=True)
                self._changed.wait_for(lambda: self._waiting or self._ended or self.closed)
            if self.closed:
                raise _Ended
            data = bytes(self._waiting[:size])
            del self._waiting[:size]
            self._read_bytes += len(data)
        self._on_read(self._read_bytes, starving=False)
        return data
