"""What the parent and the worker tell each other.

A message of the worker is ``HEADER`` (its kind and the size of its content), followed by the
content (see ``Kind``).
"""

import signal
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["GROWN", "HEADER", "POSITION", "DecodingTask", "Kind", "Refused"]

HEADER: Final = struct.Struct("!cI")
"""The kind of a message, and the size of its content in bytes."""

POSITION: Final = struct.Struct("!Q")
"""A position in the input: the number of bytes before it."""

GROWN: Final = signal.SIGUSR1
"""The parent's answer to ``Kind.GROW``."""


class Kind(StrEnum):
    """The kinds of messages to the parent."""

    AUDIO = "a"
    """Decoded audio: 16-bit mono at the target's rate, at most ``PIECE_MS`` long."""
    STARVING = "s"
    """All input so far is decoded; the content is its size, as ``POSITION``."""
    ENDED = "e"
    """The stream has ended, and everything is decoded."""
    FAILED = "f"
    """The stream cannot be decoded; the content is the reason as text."""
    GROW = "g"
    """The worker needs all of its memory, and waits for the signal ``GROWN``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingTask:
    """What to decode. The parent passes it as JSON in the only argument."""

    target_hz: int
    min_hz: int
    """The lowest sample rate. A stream outside these limits is refused."""
    max_hz: int
    max_channels: int
    first_bytes: int
    """Memory beyond the libraries that the worker may take at once."""
    memory_bytes: int
    """The same after the parent has allowed more."""
    whole_bytes: int
    """The largest file that is read whole, because its index is at the end."""
    formats: str
    """The allowed containers, with commas between them."""
    codecs: str
    """The allowed audio decoders, with commas between them."""
    container: str | None = None
    """FFmpeg's name for the container; None to detect the container."""


class Refused(Exception):  # noqa: N818 - a message to the parent
    """The stream is not decoded; the text says why."""
