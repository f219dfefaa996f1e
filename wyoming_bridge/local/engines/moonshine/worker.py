"""The process that runs Moonshine: one copy of the model, and a thread per voice."""

import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..process.rights import forbid_new_privileges
from ..process.threads import FrameReader, ignore_signals, serve
from ..process.wire import VOICE, one_line, ready_line

if TYPE_CHECKING:
    from .recognition import SharedModel

__all__ = ["RECOGNISE", "SCORE", "main"]

RECOGNISE: Final = b"r"
"""The order to recognise one piece of audio as a whole, without a voice.

The server sends ``LENGTH`` and the audio. The answer is the same line as for a final of a voice.
"""

SCORE: Final = b"s"
"""The order to score sentences.

The server sends ``LENGTH`` and the sentences, one per line, and then ``LENGTH`` and the audio. The
answer is one line: ``scores`` and for each sentence ``<log_probability> <tokens>``.
"""

RECOGNISE_THREADS: Final = 1
SCORE_THREADS: Final = 2

MAX_THREADS_PER_STEP: Final = 3
"""With more threads, a step of this small model is not faster."""

_BLOCK_BYTES: Final = 100 * 16 * 2
"""100 ms. After each block, a partial may be decoded."""

_LIMITS: Final = {
    "RLIMIT_AS": 4 << 30,  # bytes; much is reserved per thread and never used
}


class _Tasks:
    """What the threads do. A method answers one order, on the socket that came with the order."""

    def __init__(self, model: "SharedModel") -> None:
        from .recognition import Recognition

        self._model = model
        self._new_recognition: Callable[..., Recognition] = partial(Recognition, model=model)
        # Load the voice detector's library now, before ``serve`` gives up rights.
        self._new_recognition()

    def recognise_voice(self, sock: socket.socket) -> None:
        frames = FrameReader(sock)
        recognition = self._new_recognition(is_wanted=frames.is_connected)
        sock.sendall(ready_line(os.getpid()))
        frames.read()  # bias terms, which the model does not know
        while (frame := frames.read()) is not None:
            if not frame:
                sock.sendall(recognition.flush())
            for at in range(0, len(frame), _BLOCK_BYTES):
                if not frames.is_connected():
                    return
                recognition.feed(frame[at : at + _BLOCK_BYTES])
                is_behind = at + _BLOCK_BYTES < len(frame) or frames.is_waiting
                if line := recognition.partial(is_behind=is_behind):
                    sock.sendall(line)

    def recognise_whole(self, sock: socket.socket) -> None:
        frames = FrameReader(sock)
        recognition = self._new_recognition(is_wanted=frames.is_connected)
        pcm = frames.read()
        if pcm is None or not frames.is_connected():
            return
        recognition.feed(pcm)
        sock.sendall(recognition.flush())

    def score(self, sock: socket.socket) -> None:
        frames = FrameReader(sock)
        sentences, pcm = frames.read(), frames.read()
        if sentences is None or pcm is None or not frames.is_connected():
            return
        scores = self._model.score(
            pcm, sentences.decode().split("\n"), is_wanted=frames.is_connected
        )
        fields = (f"{log_probability!r} {tokens}" for log_probability, tokens in scores)
        sock.sendall(f"scores {' '.join(fields)}\n".encode())


def main(descriptor: str, folder: str, voices: str, language: str) -> None:
    """Load the model in the folder, and serve voices until the control socket is closed.

    ``voices`` is the maximum number of voices at once.

    ``language`` is the model's, ISO 639.
    """
    ignore_signals()
    forbid_new_privileges()  # before the library starts threads
    control = socket.socket(fileno=int(descriptor))
    cores = os.cpu_count() or 1
    try:
        from .files import find_files
        from .model import Model
        from .recognition import SharedModel

        threads = min(cores, MAX_THREADS_PER_STEP)
        loaded = Model(find_files(Path(folder)), threads=threads, language=language)
        tasks = _Tasks(SharedModel(loaded, at_once=max(1, cores - 1)))
    except Exception as err:  # noqa: BLE001 - whatever it is, the server reports it
        control.sendall(one_line(err))
        return
    serve(
        control,
        {
            # Two threads more than voices: a voice that was just closed may still be decoded.
            VOICE: (tasks.recognise_voice, int(voices) + 2),
            RECOGNISE: (tasks.recognise_whole, RECOGNISE_THREADS),
            SCORE: (tasks.score, SCORE_THREADS),
        },
        limits=_LIMITS,
    )
