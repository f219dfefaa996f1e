"""The process that runs sherpa-onnx: one copy of the model, and a thread per voice."""

import os
import socket
from pathlib import Path
from typing import Final

from ..process.rights import forbid_new_privileges
from ..process.threads import FrameReader, ignore_signals, serve
from ..process.wire import VOICE, one_line, ready_line

__all__ = ["main"]

_BLOCK_BYTES: Final = 100 * 16 * 2
"""The size of a block: 100 ms. After each block, a partial is sent if the text has changed."""

_LIMITS: Final = {
    "RLIMIT_AS": 4 << 30,  # bytes; each thread reserves much more than it uses
}


def main(descriptor: str, folder: str, voices: str) -> None:
    """Load the model in the folder, and serve voices until the control socket is closed.

    ``voices`` is the maximum number of voices at once.
    """
    ignore_signals()
    forbid_new_privileges()  # before the library starts threads
    control = socket.socket(fileno=int(descriptor))
    try:
        from .files import find_files
        from .model import Model
        from .recognition import Recognition

        # One core is left for the server.
        model = Model(find_files(Path(folder)), at_once=max(1, (os.cpu_count() or 1) - 1))
        # Load the voice detector's library now, before ``serve`` gives up rights.
        Recognition(model=model)
    except Exception as err:  # noqa: BLE001 - whatever it is, the server reports it
        control.sendall(one_line(err))
        return

    def recognise(sock: socket.socket) -> None:
        recognition = Recognition(model=model)
        frames = FrameReader(sock)
        sock.sendall(ready_line(os.getpid()))
        frames.read()  # bias terms, which greedy search does not use
        while (frame := frames.read()) is not None:
            if not frame:
                sock.sendall(recognition.flush())
            for at in range(0, len(frame), _BLOCK_BYTES):
                if not frames.is_connected():
                    return
                if line := recognition.feed(frame[at : at + _BLOCK_BYTES]):
                    sock.sendall(line)

    serve(
        control,
        # Two threads more than voices: a voice that was just closed may still be decoded.
        {VOICE: (recognise, int(voices) + 2)},
        limits=_LIMITS,
    )
