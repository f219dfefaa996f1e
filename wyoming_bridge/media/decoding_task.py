"""What a decoder may decode, and the memory that it may take."""

from typing import Final

from ..audio import AudioFormat, Encoding
from ..audio.format import MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ
from ..errors import AudioFormatError
from .container import Container
from .formats import CODECS, CONTAINERS, FORMATS
from .worker.messages import DecodingTask

__all__ = ["MAX_DECODED_CHANNELS", "OWN_MEMORY_BYTES", "SHARED_MEMORY_BYTES", "new_task"]

MAX_DECODED_CHANNELS: Final = 16
"""The number of channels of 9.1.6, the largest loudspeaker layout that FFmpeg knows."""

SHARED_MEMORY_BYTES: Final = 48 << 20
"""The most memory that a decoder in a server may take beyond its libraries. An hour of speech in a
file with its index at the end needs 46 MiB: 38 MiB that are used, and the 8 MiB of
``RESERVE_BYTES``, which must stay free."""

_FIRST_MEMORY_BYTES: Final = 12 << 20
"""The part of ``SHARED_MEMORY_BYTES`` that each decoder may take. Only one at a time may take more.
Most files use 2 MiB, and need 8 MiB that stay free."""

_WHOLE_BYTES: Final = 28 << 20
"""The largest file that is read whole: an hour of speech."""

OWN_MEMORY_BYTES: Final = 128 << 20
"""The same limit for a user's own file. It is larger, because only one such file is decoded at a
time."""

_OWN_WHOLE_BYTES: Final = 64 << 20
"""The largest file of a user that is read whole."""


def new_task(
    *, target: AudioFormat, container: Container | None, memory_bytes: int
) -> DecodingTask:
    """Return the task of a decoder to 16-bit mono. Without a ``container``, the decoder detects it.

    Raises:
        AudioFormatError: The target is not ``PCM_S16LE`` with one channel.
    """
    if target.encoding is not Encoding.PCM_S16LE or target.channels != 1:
        raise AudioFormatError(
            f"cannot decode to {target.encoding} with {target.channels} channels; allowed: "
            "pcm_s16le with 1 channel, at any rate"
        )
    is_own = memory_bytes > SHARED_MEMORY_BYTES
    return DecodingTask(
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
