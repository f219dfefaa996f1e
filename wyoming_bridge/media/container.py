"""Detects the container format of a stream from its first bytes."""

from enum import StrEnum
from typing import Final

from ..audio.wav import WavReader

__all__ = ["Container", "container_of", "is_undecided"]


class Container(StrEnum):
    """A container format that can be distinguished from raw audio."""

    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"
    WEBM = "webm"
    """WebM and all other Matroska files."""


_MAGIC: Final = {
    b"OggS": Container.OGG,
    b"fLaC": Container.FLAC,
    b"\x1a\x45\xdf\xa3": Container.WEBM,
}
"""The first bytes of a stream. Sources: RFC 3533, section 6; RFC 9639, section 6; RFC 8794, section
11.2.1."""


def container_of(head: bytes, *, among: frozenset[Container]) -> Container | None:
    """Return the container format of a stream, judged by its first bytes.

    Return None if the stream is raw audio or has a format that is not in ``among``. The result is
    final unless ``is_undecided`` returns True. 12 bytes always suffice.
    """
    if Container.WAV in among and WavReader.recognises(head):
        return Container.WAV
    return next(
        (each for magic, each in _MAGIC.items() if each in among and head.startswith(magic)), None
    )


def is_undecided(head: bytes, *, among: frozenset[Container]) -> bool:
    """Return whether more of the first bytes are needed to detect the container."""
    if Container.WAV in among and WavReader.recognises(head) is None:
        return True
    return any(
        magic.startswith(head) and magic != head for magic, each in _MAGIC.items() if each in among
    )
