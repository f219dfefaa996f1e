"""The process that runs Moonshine: one copy of the model, and a thread per voice."""

import os
import socket
from pathlib import Path
from typing import Final

from ..process.rights import forbid_new_privileges
from ..process.threads import FrameReader, ignore_signals, serve
from ..process.wire import VOICE, one_line, ready_line

__all__ = ["SCORE", "main"]

SCORE: Final = b"s"
"""The order to score sentences.

The server sends ``LENGTH`` and the sentences, one per line, and ``LENGTH`` and the audio. The
answer is one line: ``scores`` and for each sentence ``<log_probability> <tokens>``.
"""

SCORE_THREADS: Final = 2

MAX_THREADS_PER_STEP: Final = 3
"""More threads do not make a step of so small a model faster."""

_BLOCK_BYTES: Final = 100 * 16 * 2
"""100 ms. A partial is considered after each block."""

_LIMITS: Final = {
    "RLIMIT_AS": 4 << 30,  # bytes; much is reserved per thread and never used
}


def main(descriptor: str, folder: str, voices: str, language: str) -> None:
    """Load the model in the folder, and serve so many voices until the control socket is closed.

    ``language`` is the model's, ISO 639.
    """
    ignore_signals()
    forbid_new_privileges()  # before the library starts threads
    control = socket.socket(fileno=int(descriptor))
    cores = os.cpu_count() or 1
    try:
        from .model import Model
        from .recognition import Recognition, SharedModel

        threads = min(cores, MAX_THREADS_PER_STEP)
        loaded = Model(Path(folder), threads=threads, language=language)
        model = SharedModel(loaded, at_once=max(1, cores - 1))
        Recognition(model=model)  # the voice detector's library is loaded too
    except Exception as err:  # noqa: BLE001 - whatever it is, the server reports it
        control.sendall(one_line(err))
        return

    def recognise(sock: socket.socket) -> None:
        recognition = Recognition(model=model)
        frames = FrameReader(sock)
        sock.sendall(ready_line(os.getpid()))
        frames.read()  # bias terms, which the model does not know
        while (frame := frames.read()) is not None:
            if not frame:
                sock.sendall(recognition.flush())
            for at in range(0, len(frame), _BLOCK_BYTES):
                if frames.hung_up:
                    return
                recognition.feed(frame[at : at + _BLOCK_BYTES])
                is_behind = at + _BLOCK_BYTES < len(frame) or frames.is_waiting
                if line := recognition.partial(is_behind=is_behind):
                    sock.sendall(line)

    def score(sock: socket.socket) -> None:
        frames = FrameReader(sock)
        sentences, pcm = frames.read(), frames.read()
        if sentences is None or pcm is None or frames.hung_up:
            return
        scores = model.score(pcm, sentences.decode().split("\n"))
        fields = (f"{log_probability!r} {tokens}" for log_probability, tokens in scores)
        sock.sendall(f"scores {' '.join(fields)}\n".encode())

    serve(
        control,
        # A voice that was just closed may still be decoded.
        {VOICE: (recognise, int(voices) + 2), SCORE: (score, SCORE_THREADS)},
        limits=_LIMITS,
    )
