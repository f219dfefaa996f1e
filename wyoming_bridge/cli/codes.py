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
    """The service or the remote bridge failed, or a listen address did not exist in time."""
    NO_WORDS = 4
    """The transcript is empty."""
    INTERRUPTED = 130
    """Interrupted with Ctrl-C. As in shells, this is 128 plus the number of SIGINT."""
    OUTPUT_CLOSED = 141
    """The output was closed. As in shells, this is 128 plus the number of SIGPIPE."""
