"""The command ``wyoming-bridge``.

Exit codes: 0 done; 1 the program itself failed; 2 the command line or the configuration is
wrong; 3 the service or the bridge failed; 4 nothing was heard; 130 interrupted while
transcribing or checking; 141 nobody read the output. ``run`` and ``serve`` end with 0 when they
are told to stop.
"""

from collections.abc import Sequence

from .codes import ExitCode

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    try:
        from .main import run_command  # a Ctrl-C while all is loaded is one too

        return run_command(argv)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
