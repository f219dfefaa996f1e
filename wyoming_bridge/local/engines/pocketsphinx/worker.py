"""The processes that run PocketSphinx: a zygote with the model, and one fork of it per voice.

Rules of this module:

- Besides pocketsphinx and the libraries of the voice detector, which start no threads, it imports
  only the standard library, and modules with the same restriction. Other libraries, such as numpy,
  start threads, and a process with threads must not fork.
- Only the server ends these processes. It closes the socket of a voice to end that voice, and the
  control socket to end all processes.
- A process has no more rights than decoding needs, see ``rights``.
- A decoder gets only blocks of two, four, six ... bytes, and only between ``start_utt`` and
  ``end_utt``. Otherwise it crashes.
"""

import os
import re
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from ....errors import DependencyError
from ..process.rights import forbid_new_tasks, give_up_rights
from ..process.wire import (
    LENGTH,
    READY,
    RecognisedWord,
    failed_line,
    final_line,
    one_line,
    partial_line,
    ready_line,
    receive_order,
)
from ..speech_finder import Piece
from ..spoken_parts import SpokenParts
from .decoder import SAMPLE_RATE_HZ, Learned, general_decoder, learned_decoder
from .library import Decoder
from .second_pass import SecondPass

__all__ = ["BLOCK_BYTES", "Decoding", "bias", "main"]

SAMPLES_PER_MS: Final = SAMPLE_RATE_HZ // 1000

FRAME_MS: Final = 10
"""The length of a frame. PocketSphinx counts time in frames, 100 per second."""

BLOCK_BYTES: Final = 50 * SAMPLES_PER_MS * 2
"""The size of a block of audio: 50 ms. It is always the same, because the scores of the decoder
depend on it.

Decoding a block takes about 15 ms. The worker checks between blocks whether its socket was closed.
"""

_LIMITS: Final = {
    "RLIMIT_NOFILE": 16,  # enough for the standard streams, the control socket and one voice
    "RLIMIT_AS": 1 << 30,  # bytes; a voice with its model has 180 MiB, most of them shared
}

_VARIANT: Final = re.compile(r"\(\d+\)$")
"""The dictionary's mark for another pronunciation of a word, as in ``and(2)``."""

_WORD: Final = re.compile(r"[a-z'.-]+")
"""Matches the words of the dictionary, but not the variants and the entries for silence."""

_TWIN: Final = "^"
"""The suffix of a twin, which is a word that is added to make another word more likely."""

_TWIN_WEIGHT: Final = 100.0
"""The weight of a twin, relative to the average word of the language model. With this weight, the
model expects a twin once in 700 words. Twins do not make words more likely that are more common
than that, so function words in a term have no effect.

The value was chosen with terms for the sample recordings. With weights of 1 and 10, names and rare
words are recognised ("dashwood", "prudently"). With 100, "be ill disposed" is recognised too, and
no other recording changes. With 1000, terms that were not spoken are recognised ("to and meters"
instead of "ten years").
"""

_TWIN_SHARE: Final = 1 / 700
"""The probability that a twin with ``_TWIN_WEIGHT`` has in the library's own model. In the model of
learned sentences, a twin gets the same probability."""

_BIASED: Final = "biased"
"""The name of the decoder's search with the twins."""

_NOT_WORDS: Final = ("<", "[", "++")
"""The beginnings of the dictionary's entries for silence, noise and sentence boundaries."""


def bias(decoder: Decoder, terms: str, *, learned: Learned | None = None) -> None:
    """Make the words of the terms more likely.

    The library cannot change the weight of a word. So each word gets a twin with the same phones
    and a higher weight, which is shown as the original word. Words that are not in the dictionary
    are ignored, because their phones are unknown.

    ``learned`` describes the decoder's model if the decoder has learned sentences. Words of these
    sentences get no twin: after the earlier words of a sentence, the model expects the word itself,
    and not its twin.

    On a desktop this takes 0.26 s and 30 MiB, for any number of terms up to a hundred.
    """
    if not terms:
        return
    model = learned.model if learned else decoder.get_lm(decoder.current_search())
    has_twins = False
    weight = learned.words * _TWIN_SHARE if learned else _TWIN_WEIGHT
    words = set(terms.lower().split()) - (learned.sentence_words if learned else frozenset())
    for word in sorted(words):
        phones = decoder.lookup_word(word) if _WORD.fullmatch(word) else None
        if phones is None:
            continue
        has_twins = True
        model.add_word(f"{word}{_TWIN}", weight)
        variant = ""
        for number in count(2):
            decoder.add_word(f"{word}{_TWIN}{variant}", phones, False)
            variant = f"({number})"
            phones = decoder.lookup_word(f"{word}{variant}")
            if phones is None:
                break
    if has_twins:
        decoder.add_lm(_BIASED, model)
        decoder.activate_search(_BIASED)


class Decoding:
    """Decodes the audio of one voice, and returns lines for the server. It does no I/O."""

    def __init__(self, *, decoder: Decoder, decodes_twice: bool = False) -> None:
        """Begin a voice. With ``decodes_twice`` the audio of a final is decoded once more.

        The module ``second_pass`` says why.
        """
        self._decoder = decoder
        self._second_pass = SecondPass(decoder) if decodes_twice else None
        self._spoken = SpokenParts()
        self._waiting = bytearray()
        self._samples = 0
        self._segment_start = 0
        self._text = ""

    def decode(self, pcm: bytes) -> Iterator[bytes]:
        """Decode whole blocks. Yield a line after each block, empty if the text is unchanged."""
        self._waiting += pcm
        while len(self._waiting) >= BLOCK_BYTES:
            self._decode(BLOCK_BYTES)
            yield self._change()

    def flush(self) -> bytes:
        """Decode the remaining whole samples, and return the line for the final."""
        if rest := len(self._waiting) & ~1:
            self._decode(rest)
        start, end = self._segment_start, self._samples
        parts = self._spoken.flush()
        words = tuple(self._finish(parts)) if end > start else ()
        self._segment_start = end
        self._text = ""
        return final_line(start_ms=_ms(start), end_ms=_ms(end), words=words)

    def _decode(self, size: int) -> None:
        block = bytes(self._waiting[:size])
        if self._samples == self._segment_start:
            if self._second_pass:
                self._second_pass.begin()
            self._decoder.start_utt()
        if self._second_pass:
            self._second_pass.keep(block)
        self._spoken.feed(block)
        self._decoder.process_raw(block, False, False)
        del self._waiting[:size]
        self._samples += size // 2

    def _change(self) -> bytes:
        parts = self._spoken.parts
        if not parts or parts[-1].is_cut:
            return b""  # what changes now is the text of a sound that is no speech
        text = " ".join(word.text for word in self._words(parts))
        if text in ("", self._text):
            return b""
        self._text = text
        return partial_line(start_ms=_ms(self._segment_start), end_ms=_ms(self._samples), text=text)

    def _finish(self, parts: list[Piece]) -> Iterator[RecognisedWord]:
        """End the segment, and yield the words that are in a part with speech."""
        self._decoder.end_utt()
        if not parts:
            return
        if self._second_pass:
            self._second_pass.decode()
        self._decoder.get_prob()
        yield from self._words(parts)

    def _words(self, parts: list[Piece]) -> Iterator[RecognisedWord]:
        """Yield the words so far that are in one of the parts."""
        start_ms, end_ms = _ms(self._segment_start), _ms(self._samples)
        for segment in self._decoder.seg() or ():
            if segment.word.startswith(_NOT_WORDS):
                continue
            word = RecognisedWord(
                text=_VARIANT.sub("", segment.word).removesuffix(_TWIN),
                start_ms=min(start_ms + segment.start_frame * FRAME_MS, end_ms),
                end_ms=min(start_ms + (segment.end_frame + 1) * FRAME_MS, end_ms),
                confidence=min(max(segment.prob, 0.0), 1.0),
            )
            if any(
                word.start_ms < _ms(part.end) and word.end_ms > _ms(part.start) for part in parts
            ):
                yield word


def _ms(samples: int) -> int:
    return samples // SAMPLES_PER_MS


def _serve(voice: socket.socket, decoder: Decoder, learned: Learned | None) -> None:
    """Decode one voice until its socket is closed.

    Raises:
        ConnectionError: The socket was closed while a line was sent.
    """
    decoding = Decoding(decoder=decoder, decodes_twice=learned is not None)
    hung_up = select.poll()
    hung_up.register(voice, 0)
    with voice, voice.makefile("rb") as stream:
        voice.sendall(ready_line(os.getpid()))
        if len(header := stream.read(LENGTH.size)) == LENGTH.size:
            (size,) = LENGTH.unpack(header)
            bias(decoder, stream.read(size).decode(errors="replace"), learned=learned)
        while len(header := stream.read(LENGTH.size)) == LENGTH.size:
            (size,) = LENGTH.unpack(header)
            for line in decoding.decode(stream.read(size)) if size else (decoding.flush(),):
                voice.sendall(line)
                # A socket that the server has closed may still contain audio, which is not needed.
                if hung_up.poll(0):
                    return


def _fork_voices(control: socket.socket) -> socket.socket | None:
    """Fork for each socket that the server sends.

    Return the socket in the forked process. Return None in the zygote, when it has to end.
    """
    while received := receive_order(control):
        _, voice = received
        try:
            if os.fork() == 0:
                control.close()
                return voice
        except OSError as err:
            # Only this voice fails. Its client may have disconnected already.
            with suppress(OSError):
                voice.sendall(failed_line(err))
        voice.close()
    return None


def main(descriptor: str, folder: str = "") -> None:
    """Run the zygote until the control socket with this descriptor is closed.

    ``folder`` contains the sentences that the decoder learns, if any.
    """
    # Signals of a service manager are ignored, because the last finals still have to be sent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # The kernel reaps the processes of voices, so that nothing has to wait for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control = socket.socket(fileno=int(descriptor))
    try:
        # Load the library of the voice detector now, before the process gives up rights.
        SpokenParts()
        decoder, learned = learned_decoder(Path(folder)) if folder else (general_decoder(), None)
    except (DependencyError, ImportError, OSError, RuntimeError, ValueError) as err:
        control.sendall(one_line(err))
        return
    give_up_rights(keep=control.fileno(), limits=_LIMITS)
    try:
        control.sendall(READY)
        voice = _fork_voices(control)
        if voice is not None:
            forbid_new_tasks()
            _serve(voice, decoder, learned)
            return
    except ConnectionError:
        return
    # The process group contains only this process and the voices.
    os.killpg(os.getpid(), signal.SIGKILL)
