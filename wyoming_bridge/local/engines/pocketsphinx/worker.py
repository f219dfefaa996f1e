"""The processes that run PocketSphinx: a zygote with the model, and one fork of it per voice.

Rules of this module:

- Besides pocketsphinx and the libraries of the voice detector, which start no threads, it imports
  only the standard library, and modules with the same restriction. Other libraries, such as numpy,
  start threads, and a process with threads must not fork.
- Only the server ends these processes. It closes the socket of a voice to end that voice, and the
  control socket to end all processes.
- A process has no more rights than decoding needs, see ``rights``.
"""

import os
import select
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from ....errors import DependencyError
from ..process.rights import forbid_new_tasks, give_up_rights
from ..process.wire import LENGTH, READY, failed_line, one_line, ready_line, receive_order
from ..spoken_parts import SpokenParts
from .bias import bias
from .decoder import Learned, general_decoder, learned_decoder
from .decoding import Decoding
from .library import Decoder

__all__ = ["main"]

_LIMITS: Final = {
    "RLIMIT_NOFILE": 16,  # enough for the standard streams, the control socket and one voice
    "RLIMIT_AS": 1 << 30,  # bytes; a voice with its model has 180 MiB, most of them shared
}


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
