"""The recognition of one voice: which audio is decoded, and when."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from typing import Final

from ..piece import SAMPLES_PER_MS, Piece
from ..process.wire import partial_line, text_line
from .model import SAMPLE_RATE_HZ, Decoded, Model
from .networks import Encoded
from .speech import Speech

__all__ = ["Recognition", "SharedModel"]

PARTIAL_EVERY_S: Final = 0.4
"""The shortest time between the starts of two partials while the user speaks. A user says about two
words in this time, and more partials are not needed."""

PARTIAL_COST_FACTOR: Final = 2.5
"""Partials take at most 1 / 2.5 of a core per voice, on a machine of any speed."""

BEHIND_EVERY_S: Final = 2.0
"""The shortest time between partials while more audio waits, as when a client sends a file."""

KEPT_ENCODED: Final = 4
"""The number of segments whose encoding is kept. An encoding takes up to 0.5 MB."""


class SharedModel:
    """The model, and a limit on how many voices compute at once."""

    def __init__(self, model: Model, *, at_once: int) -> None:
        self._model = model
        self._slots = BoundedSemaphore(at_once)
        self._encoded: OrderedDict[bytes, Encoded] = OrderedDict()
        self._lock = Lock()

    def decode(
        self, pcm: bytes, *, waits: bool, is_wanted: Callable[[], bool] = lambda: True
    ) -> Decoded | None:
        """Return the text of speech. Without ``waits``, return None while all slots are taken.

        Return None too if the text is not wanted any more when a slot is free. Otherwise a machine
        that is too slow would decode for clients that have left, and keep the others waiting.
        """
        if not self._slots.acquire(blocking=waits):
            return None
        try:
            return self._model.decode(self._model.encode(pcm)) if is_wanted() else None
        finally:
            self._slots.release()

    def remember(self, digest: bytes, encoded: Encoded) -> None:
        """Keep the encoding of the segment whose audio has this digest."""
        with self._lock:
            self._encoded[digest] = encoded
            self._encoded.move_to_end(digest)
            while len(self._encoded) > KEPT_ENCODED:
                self._encoded.popitem(last=False)

    def score(
        self, pcm: bytes, sentences: list[str], *, is_wanted: Callable[[], bool] = lambda: True
    ) -> list[tuple[float, int]]:
        """Return the log probability of each sentence, and its number of tokens.

        Return nothing if the scores are not wanted any more when a slot is free. The audio of a
        recently transcribed segment is not encoded again.
        """
        digest = _new_digest(pcm).digest()
        with self._lock:
            encoded = self._encoded.get(digest)
        speech = pcm if encoded else _speech_in(pcm)
        with self._slots:
            if not is_wanted():
                return []
            if encoded is None:
                encoded = self._model.encode(speech)
                self.remember(digest, encoded)
            return self._model.score(encoded, sentences)


class Recognition:
    """Decodes the audio of one voice, and returns lines for the server."""

    def __init__(self, *, model: SharedModel, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Start before the first audio. ``is_wanted`` returns whether the client is still there."""
        self._model = model
        self._is_wanted = is_wanted
        self._speech = Speech()
        self._last: tuple[Piece, Decoded] | None = None
        self._last_at = 0
        self._cost_s = 0.0
        self._begin_segment()

    def _begin_segment(self) -> None:
        self._digest = _new_digest()
        self._settled: list[Decoded] = []
        self._text = ""

    def feed(self, pcm: bytes) -> None:
        """Take more audio, and decode the pieces that it finishes."""
        self._digest.update(pcm)
        self._settle(self._speech.feed(pcm))
        self._speech.drop()

    def partial(self, *, is_behind: bool) -> bytes:
        """Return the line of a partial if one is due and the text has changed, else empty bytes.

        ``is_behind`` says whether more audio or a flush waits.
        """
        piece = self._speech.open_piece
        if piece is None or not self._is_due(piece, is_behind=is_behind):
            return b""
        decoded = self._decode(piece, waits=False)
        if decoded is None or not _is_speech(piece, decoded):
            return b""
        text = _joined([*self._settled, decoded])
        if text == self._text:
            return b""
        self._text = text
        return partial_line(
            start_ms=self._speech.segment_start // SAMPLES_PER_MS,
            end_ms=piece.end // SAMPLES_PER_MS,
            text=text,
        )

    def flush(self) -> bytes:
        """Decode the rest of the segment, and return the line of the final."""
        start = self._speech.segment_start
        pieces, end = self._speech.flush()
        self._settle(pieces)
        self._speech.drop()
        if len(self._settled) == 1:
            self._model.remember(self._digest.digest(), self._settled[0].encoded)
        text = _joined(self._settled)
        self._begin_segment()
        return text_line(start_ms=start // SAMPLES_PER_MS, end_ms=end // SAMPLES_PER_MS, text=text)

    def _is_due(self, piece: Piece, *, is_behind: bool) -> bool:
        if not piece.evidence.may_be_speech or (self._last and self._last[0] == piece):
            return False
        if self._speech.is_pausing and not is_behind:
            return True  # if a final is requested in this pause, it needs no further decoding
        wait_s = max(PARTIAL_EVERY_S, PARTIAL_COST_FACTOR * self._cost_s)
        if is_behind:
            wait_s = max(wait_s, BEHIND_EVERY_S)
        since = max(self._last_at, piece.start)
        return self._speech.samples - since >= wait_s * SAMPLE_RATE_HZ

    def _settle(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            decoded = self._decode_speech(piece)
            if decoded is None and piece.sure_part:
                decoded = self._decode_speech(piece.sure_part)
            if decoded:
                self._settled.append(decoded)

    def _decode_speech(self, piece: Piece) -> Decoded | None:
        """Return the text of a piece; None if it is not speech, or not wanted any more."""
        if not piece.evidence.may_be_speech:
            return None
        decoded = self._decode(piece, waits=True)
        return decoded if decoded and _is_speech(piece, decoded) else None

    def _decode(self, piece: Piece, *, waits: bool) -> Decoded | None:
        if self._last and self._last[0] == piece:
            return self._last[1]
        began = time.monotonic()
        audio = self._speech.audio(piece)
        decoded = self._model.decode(audio, waits=waits, is_wanted=self._is_wanted)
        if decoded is not None:
            self._cost_s = time.monotonic() - began
            self._last = piece, decoded
            self._last_at = self._speech.samples
        return decoded


def _is_speech(piece: Piece, decoded: Decoded) -> bool:
    return piece.evidence.is_speech(engine_certainty=decoded.certainty)


def _joined(pieces: list[Decoded]) -> str:
    return " ".join(piece.text for piece in pieces if piece.text)


def _new_digest(pcm: bytes = b"") -> "hashlib.blake2b":
    return hashlib.blake2b(pcm, digest_size=16)


def _speech_in(pcm: bytes) -> bytes:
    """Return audio from its first speech to its last; all of it if there is no speech."""
    pcm = pcm[: len(pcm) & ~1]
    speech = Speech()
    pieces = speech.feed(pcm)
    pieces += speech.flush()[0]
    if not pieces:
        return pcm
    return pcm[2 * pieces[0].start : 2 * pieces[-1].end]
