"""The exit codes of the command."""

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """How the command ended."""

    DONE = 0
    INTERNAL_ERROR = 1
    """An internal error, or the output cannot be written."""
    WRONG_INPUT = 2
    """The command line or the configuration is wrong."""
    SERVICE_FAILED = 3
    """The service failed, or the bridge that was used, or an address to listen at is not there."""
    NO_WORDS = 4
    """The transcript is empty."""
    INTERRUPTED = 130
    """Interrupted with Ctrl-C: 128 and the number of SIGINT, as shells use it."""
    OUTPUT_CLOSED = 141
    """The reader closed the output: 128 and the number of SIGPIPE, as shells use it."""
