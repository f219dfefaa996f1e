"""The encoded stream, as FFmpeg reads it."""

import mmap
import os
import select
from typing import Final

from .memory import Memory
from .messages import POSITION, Kind, Refused
from .output import Output, progress

__all__ = ["Input", "prepared"]

MAX_TAGS: Final = 8
"""The most ID3 tags before the audio. A file has one or two."""

MAX_FIRST_INDEX_BYTES: Final = 128 * 1024
"""The largest index at the beginning of an MP4 file for which the first share is enough. FFmpeg
takes six times as much, all at once. Ten minutes of AAC have an index of this size."""


class Input:
    """The file-like input of FFmpeg. A read waits for data until the stream has ended."""

    def __init__(self, descriptor: int, *, output: Output, memory: Memory) -> None:
        self.memory = memory
        self._descriptor = descriptor
        self._output = output
        self._read_bytes = 0
        self._ahead = bytearray()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, or no bytes at the end of the stream."""
        self.memory.check()
        if self._ahead:
            data = bytes(self._ahead[:size])
            del self._ahead[:size]
            return data
        if not select.select([self._descriptor], [], [], 0)[0]:
            self._output.send(Kind.STARVING, POSITION.pack(self._read_bytes))
        data = os.read(self._descriptor, size)
        self._read_bytes += len(data)
        progress()
        return data

    def peek(self, size: int) -> bytes:
        """Return the next bytes, which ``read`` returns again; fewer at the stream's end."""
        ahead, self._ahead = self._ahead, bytearray()
        while len(ahead) < size and (data := self.read(65536)):
            ahead += data
        self._ahead = ahead
        return bytes(ahead[:size])

    def skip(self, size: int) -> None:
        """Read and drop bytes."""
        while size and (data := self.read(min(size, 65536))):
            size -= len(data)


def prepared(stream: Input, *, max_whole_bytes: int) -> Input | mmap.mmap:
    """Skip ID3 tags, because their pictures take memory. Read a file whole if its index is last."""
    for _ in range(MAX_TAGS):
        head = stream.peek(10)
        if not head.startswith(b"ID3") or len(head) < 10:  # noqa: PLR2004 - the header's size
            break
        size = 0
        for each in head[6:]:  # each byte has seven bits of the size
            size = size << 7 | each & 0x7F
        stream.skip(10 + size + (10 if head[5] & 0x10 else 0))
    kind, size = _first_box(stream)
    if kind == b"moov" and size > MAX_FIRST_INDEX_BYTES:
        stream.memory.grow()
    if kind not in {b"mdat", b"caff"}:
        return stream
    stream.memory.grow()
    whole = mmap.mmap(-1, max_whole_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    while data := stream.read(65536):
        if whole.tell() + len(data) > max_whole_bytes:
            raise Refused(
                "the file has its index at its end and is too large to be read whole; allowed: "
                f"{max_whole_bytes // 1024 // 1024} MiB, or a file with its index in front"
            )
        whole.write(data)
    whole.resize(whole.tell())
    whole.seek(0)
    return whole


def _first_box(stream: Input) -> tuple[bytes, int]:
    """Return the type and the size of the first box of an MP4 file that says where its index is.

    The type is ``moov`` for the index, ``mdat`` for samples that are in front of it, and ``caff``
    for a CAF file, whose index may be last.
    """
    head = stream.peek(8)
    if head.startswith(b"caff"):
        return b"caff", 0
    at = 0
    while head[4:] in {b"ftyp", b"free", b"skip", b"wide", b"uuid", b"pnot"}:
        size = int.from_bytes(head[:4])
        at += size
        if size < 8 or at > 65536:  # noqa: PLR2004 - the size of a box with its header
            return b"", 0
        head = stream.peek(at + 8)[at:]
    return head[4:], int.from_bytes(head[:4])
