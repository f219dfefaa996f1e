"""What the command's exit code means."""

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """The first that fits."""

    DONE = 0
    OUTPUT_FAILED = 1
    """Or the program itself."""
    WRONG_INPUT = 2
    """The command line or the configuration is wrong."""
    SERVICE_FAILED = 3
    """Or the bridge that was asked."""
    NOTHING_HEARD = 4
    """Nothing was said in what was transcribed."""
    INTERRUPTED = 130
    """As shells have it for Ctrl-C."""
    NOBODY_READS = 141
    """As shells have it for a pipe that was closed."""
