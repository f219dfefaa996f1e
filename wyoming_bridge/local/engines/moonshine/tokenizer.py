"""The tokens of Moonshine's models: pieces of text, merged in the order of their ids."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

__all__ = ["BOS", "EOS", "Tokenizer", "without_sounds"]

BOS: Final = 1
"""The token before the text."""

EOS: Final = 2
"""The token after the text."""

_SPACE: Final = "\u2581"
"""The character that stands for a space in a token."""

_TWO_BYTE_LENGTH: Final = 128
"""A token of at least this many bytes has its length in two bytes of the file."""

_SOUNDS: Final = re.compile(r"[\u2669-\u266f]|\[[^]]*\]|\([^)]*\)|<[^>]*>|\u00a9.*")
"""Music notes, sounds in brackets, and the copyright lines of subtitles."""

_NOTHING: Final = ("you", "thank you for watching")
"""What the model writes most often without speech, or with music. The second text ends many
videos, with whose subtitles the model was trained. A text of only these words is dropped, because
it is not a command."""


class Tokenizer:
    """Converts between text and tokens, with the vocabulary of a file ``tokenizer.bin``."""

    def __init__(self, vocabulary: bytes) -> None:
        """Read the vocabulary.

        Raises:
            ValueError: The vocabulary is invalid or not complete.
        """
        self._tokens = tuple(_tokens_of(vocabulary))
        # Some texts have two tokens: a byte, and the character. The later one is the character.
        self._ids = {token: at for at, token in enumerate(self._tokens)}
        self._bytes = {token[0]: at for at, token in enumerate(self._tokens) if len(token) == 1}
        if len(self._tokens) <= EOS or len(self._bytes) < 256:  # noqa: PLR2004 - all bytes
            raise ValueError("the vocabulary is not complete")

    def text_of(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens."""
        joined = b"".join(self._tokens[token] for token in tokens if token > EOS)
        return joined.decode(errors="replace").replace(_SPACE, " ").strip()

    def tokens_of(self, text: str) -> list[int]:
        """Return the tokens of a text. It is split like the texts in the training of the model."""
        pieces: list[bytes] = []
        for character in _SPACE + " ".join(text.split()).replace(" ", _SPACE):
            piece = character.encode(errors="replace")
            pieces += [piece] if piece in self._ids else [bytes((byte,)) for byte in piece]
        while merge := self._best_merge(pieces):
            at = merge[1]
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
        return [self._ids[piece] for piece in pieces]

    def _best_merge(self, pieces: Sequence[bytes]) -> tuple[int, int] | None:
        """Return the lowest id of two neighbours that form a token, and their index."""
        merges = (
            (self._ids[pieces[at] + pieces[at + 1]], at)
            for at in range(len(pieces) - 1)
            if pieces[at] + pieces[at + 1] in self._ids
        )
        return min(merges, default=None)


def without_sounds(text: str) -> str:
    """Return the text without what the model writes for sounds that are not speech."""
    speech = " ".join(_SOUNDS.sub(" ", text).split())
    return "" if speech.strip(" .!").lower() in _NOTHING else speech


def _tokens_of(vocabulary: bytes) -> Iterable[bytes]:
    at = 0
    while at < len(vocabulary):
        size = vocabulary[at]
        at += 1
        if size >= _TWO_BYTE_LENGTH:
            if at == len(vocabulary):
                raise ValueError("the vocabulary ends in the middle of a token")
            size += vocabulary[at] * _TWO_BYTE_LENGTH - _TWO_BYTE_LENGTH
            at += 1
        if at + size > len(vocabulary):
            raise ValueError("the vocabulary ends in the middle of a token")
        yield vocabulary[at : at + size]
        at += size
