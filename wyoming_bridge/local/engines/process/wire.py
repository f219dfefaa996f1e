"""What the server and a decoding process say to each other, on one socket per voice.

The process begins with ``ready <pid>``, or with ``failed <reason>``. The server sends ``LENGTH``
and a text of that size with the bias terms. Then it sends ``LENGTH`` and audio of that size, any
number of times. A length of 0 is a flush. The answers are lines:

- ``partial <start_ms> <end_ms> <text>`` after each change. ``end_ms`` is the end of the audio that
  was decoded for it. A slow engine may have received more audio.
- For each flush ``final <start_ms> <end_ms>``, followed by ``<start_ms> <end_ms> <confidence>
  <text>`` per word. An engine that does not know the times of words sends ``text <start_ms>
  <end_ms> <text>`` instead.
- ``failed <reason>`` when the voice cannot continue.

The module imports only the standard library.
"""

import array  # noqa: F401 - recv_fds imports it, perhaps after the process has given up its rights
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = [
    "FAILED",
    "LENGTH",
    "READY",
    "VOICE",
    "RecognisedWord",
    "failed_line",
    "final_line",
    "one_line",
    "partial_line",
    "ready_line",
    "receive_order",
    "text_line",
]

LENGTH: Final = struct.Struct("!I")
"""The size of the text or audio that follows, in bytes; 0 instead of audio for a flush."""

VOICE: Final = b"v"
"""The order that a host gets together with the socket of a new voice."""

READY: Final = b"ready"
"""The first answer of a host, when its model is loaded, and of a voice, when it is ready."""

FAILED: Final = b"failed"
"""The answer of a voice that cannot start or continue, followed by the reason."""

MAX_REASON_CHARS: Final = 500
"""Maximum length of the reason of a failure. The server reads the reason of a host with a single
read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedWord:
    """A recognised word and its time."""

    text: str
    start_ms: int
    """In milliseconds from the first audio of the voice."""
    end_ms: int
    """In milliseconds from the first audio of the voice."""
    confidence: float
    """Probability, 0 to 1."""


def receive_order(control: socket.socket) -> tuple[bytes, socket.socket] | None:
    """Wait for an order to the host. Return it and its socket, or None if the server has closed.

    The caller owns the socket.
    """
    order, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    return (order, socket.socket(fileno=descriptors[0])) if order else None


def one_line(err: Exception) -> bytes:
    """Return the class and the text of an error as one line, without a line break."""
    reason = " ".join(f"{type(err).__name__}: {err}".split())
    return reason[:MAX_REASON_CHARS].encode(errors="replace")


def ready_line(pid: int) -> bytes:
    """Return the first line of a voice that is decoded in this process."""
    return b"%s %d\n" % (READY, pid)


def failed_line(err: Exception) -> bytes:
    """Return the line for a voice that cannot start or continue."""
    return b"%s %s\n" % (FAILED, one_line(err))


def partial_line(*, start_ms: int, end_ms: int, text: str) -> bytes:
    """Return the line for a partial of the segment that starts at ``start_ms``.

    Words that end after ``end_ms`` cannot be in the partial.
    """
    return f"partial {start_ms} {end_ms} {text}\n".encode()


def final_line(*, start_ms: int, end_ms: int, words: Iterable[RecognisedWord]) -> bytes:
    """Return the line for the final of the segment from ``start_ms`` to ``end_ms``."""
    fields = ["final", str(start_ms), str(end_ms)]
    for word in words:
        fields += [str(word.start_ms), str(word.end_ms), f"{word.confidence:.4f}", word.text]
    return (" ".join(fields) + "\n").encode()


def text_line(*, start_ms: int, end_ms: int, text: str) -> bytes:
    """Return the line for a final whose words have no times. The text has no line breaks."""
    return f"text {start_ms} {end_ms} {text}\n".encode()
