"""The command ``wyoming-bridge``.

Exit codes: 0 done; 1 internal error; 2 wrong command line or configuration; 3 the service or the
bridge failed; 4 the audio has no words; 130 interrupted while transcribing or checking; 141 the
process that reads the output has closed it. ``run`` and ``serve`` exit with 0 when they receive
SIGINT or SIGTERM.
"""

from collections.abc import Sequence

from .codes import ExitCode

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        from .main import run_command  # imported here, because Ctrl-C may interrupt the import

        return run_command(argv)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
