"""The main function of the worker process."""

import json
import resource
import signal
import sys
from importlib import import_module
from typing import Final

from .decoding import NOT_AUDIO, Decoding
from .memory import Memory
from .messages import GROWN, DecodingTask, Kind, Refused
from .output import Output
from .stream import Input

__all__ = ["main"]

LATE_IMPORTS: Final = ("av.subtitles.codeccontext", "av.subtitles.stream")
"""Modules that PyAV imports when it opens a stream. The worker imports them earlier, because
``_confine`` forbids opening files."""


def main(argument: str) -> None:
    """Decode standard input to standard output."""
    output = Output(sys.stdout.fileno())
    task = DecodingTask(**json.loads(argument))
    signal.pthread_sigmask(signal.SIG_BLOCK, {GROWN})  # ``grow`` waits for it
    memory: Memory | None = None
    try:
        import av

        av.logging.set_level(None)  # the library would write to standard error
        for name in LATE_IMPORTS:
            import_module(name)
        memory = Memory(task, output=output)
        _confine()
        stream = Input(sys.stdin.fileno(), output=output, memory=memory)
        Decoding(task, output=output, memory=memory).run(stream)
    except BrokenPipeError:
        return  # the parent has closed the pipe
    except Exception as err:  # noqa: BLE001 - every failure is reported, whichever library raised it
        limit_bytes = memory.limit_bytes if memory else task.first_bytes
        output.send(Kind.FAILED, _reason(err, memory_bytes=limit_bytes).encode())
    else:
        output.send(Kind.ENDED)


def _reason(error: Exception, *, memory_bytes: int) -> str:
    """Return an error's reason in a form that helps a user."""
    import av

    match error:
        case Refused():
            return str(error)
        case MemoryError():
            return f"decoding needs more than {memory_bytes // 1024 // 1024} MiB of memory"
        case av.error.FFmpegError() | ValueError():
            return NOT_AUDIO
        case _:
            return f"the decoder failed: {type(error).__name__}"


def _confine() -> None:
    """Give up the rights that decoding does not need."""
    for kind, limit in {
        resource.RLIMIT_NOFILE: 3,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(kind, (limit, limit))
