"""Which container a stream is, told by its first bytes."""

from enum import StrEnum
from typing import Final

from ..audio import WavReader

__all__ = ["Container", "container_of", "is_undecided"]


class Container(StrEnum):
    """A container that can be told from raw audio."""

    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"
    WEBM = "webm"
    """And the rest of Matroska's family."""


_MAGIC: Final = {
    b"OggS": Container.OGG,
    b"fLaC": Container.FLAC,
    b"\x1a\x45\xdf\xa3": Container.WEBM,
}
"""RFC 3533, section 6; RFC 9639, section 6; RFC 8794, section 11.2.1."""


def container_of(head: bytes, *, among: frozenset[Container]) -> Container | None:
    """Tell from its first bytes which of some containers a stream is; None: it is none of them.

    It holds unless ``is_undecided``; 12 bytes always decide.
    """
    if Container.WAV in among and WavReader.recognises(head):
        return Container.WAV
    return next(
        (each for magic, each in _MAGIC.items() if each in among and head.startswith(magic)), None
    )


def is_undecided(head: bytes, *, among: frozenset[Container]) -> bool:
    """Whether more of the first bytes is needed to tell."""
    if Container.WAV in among and WavReader.recognises(head) is None:
        return True
    return any(
        magic.startswith(head) and magic != head for magic, each in _MAGIC.items() if each in among
    )
