"""Shows a transcription on a terminal, in a pipe, or as JSON."""

import sys
from typing import Protocol, TextIO

from ..endpointing import Ending
from ..errors import BridgeError
from ..transcriber import Result, Revision
from .output import print_json

__all__ = ["JsonView", "LinesView", "TerminalView", "View", "new_view"]

_NO_WORDS = "(no words)"

_LONG_MS = 20_000
"""Audio of at least this duration gets a progress bar."""


class View(Protocol):
    """Shows the progress and the result of one transcription."""

    def begin(self, total_ms: float | None) -> None:
        """Start the view. ``total_ms`` is the duration of the audio, or None if it is not known."""

    def sent(self, sent_ms: float) -> None:
        """Show how much audio has been sent."""

    def revision(self, revision: Revision) -> None:
        """Show the words so far."""

    def result(self, result: Result) -> None:
        """Show the transcript."""

    def failure(self, error: BridgeError) -> None:
        """Show that there is no transcript."""

    def end(self) -> None:
        """Clean up after success or failure."""


def new_view(*, as_json: bool) -> View:
    """Return the view that fits the output: JSON, terminal or pipe."""
    if as_json:
        return JsonView(sys.stdout)
    return TerminalView() if sys.stdout.isatty() else LinesView(sys.stdout, sys.stderr)


class JsonView:
    """Prints one JSON object per line: ``partial``, ``transcript`` or ``error``."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def begin(self, total_ms: float | None) -> None:
        """Print nothing."""

    def sent(self, sent_ms: float) -> None:
        """Print nothing."""

    def revision(self, revision: Revision) -> None:
        """Print a ``partial``."""
        self._print("partial", {"text": revision.text, "settled": revision.settled})

    def result(self, result: Result) -> None:
        """Print a ``transcript`` with all its details."""
        values: dict[str, object] = {"text": result.text, "language": result.language}
        self._print("transcript", values | result.details())

    def failure(self, error: BridgeError) -> None:
        """Print an ``error``."""
        self._print("error", {"code": error.code, "text": str(error)})

    def end(self) -> None:
        """Do nothing: there is nothing to clean up."""

    def _print(self, kind: str, values: dict[str, object]) -> None:
        print_json({"type": kind, **values}, output=self._output)


class LinesView:
    """Prints the transcript to the output, and the progress and the timing to another stream."""

    def __init__(self, output: TextIO, progress: TextIO) -> None:
        self._output = output
        self._progress = progress
        self._shown = ""

    def begin(self, total_ms: float | None) -> None:
        """Print nothing."""

    def sent(self, sent_ms: float) -> None:
        """Print nothing."""

    def revision(self, revision: Revision) -> None:
        """Print the words so far as a line, unless the text is unchanged."""
        if revision.text != self._shown:
            self._shown = revision.text
            print(f"  ... {revision.text}", file=self._progress, flush=True)

    def result(self, result: Result) -> None:
        """Print the transcript and the timing."""
        print(result.text, file=self._output, flush=True)
        if not result.text:
            print(f"  {_NO_WORDS}", file=self._progress)
        if heard := heard_line(result):
            print(f"  {heard}", file=self._progress)
        print(f"  {summary(result)}", file=self._progress, flush=True)

    def failure(self, error: BridgeError) -> None:
        """Print nothing, because the command prints the error."""

    def end(self) -> None:
        """Do nothing: there is nothing to clean up."""


class TerminalView:
    """Shows the words in place, and a progress bar for long audio."""

    def __init__(self) -> None:
        # Imported here, because a bridge does not need the terminal library.
        from rich.console import Console, Group
        from rich.live import Live
        from rich.progress import BarColumn, Progress, TaskProgressColumn
        from rich.text import Text

        self._text = Text
        self._words = Text("  ...", style="dim")
        self._bar = Progress(BarColumn(), TaskProgressColumn(), transient=True)
        self._console = Console()
        self._live = Live(Group(self._bar, self._words), console=self._console, transient=True)

    def begin(self, total_ms: float | None) -> None:
        """Start the display."""
        if total_ms is not None and total_ms >= _LONG_MS:
            self._bar.add_task("", total=total_ms)
        self._live.start()

    def sent(self, sent_ms: float) -> None:
        """Update the progress bar."""
        for task in self._bar.task_ids:
            self._bar.update(task, completed=sent_ms)

    def revision(self, revision: Revision) -> None:
        """Show settled words in bold and the others dim."""
        self._words.plain = ""
        self._words.append("  ").append(revision.settled, style="not dim bold")
        self._words.append(revision.text[len(revision.settled) :])
        self._live.refresh()

    def result(self, result: Result) -> None:
        """Show the transcript and the timing."""
        self._live.stop()
        self._console.print(self._text(f"  {result.text or _NO_WORDS}", style="bold"))
        if heard := heard_line(result):
            self._console.print(self._text(f"  {heard}", style="dim"))
        self._console.print(self._text(f"  {summary(result)}", style="dim"))

    def failure(self, error: BridgeError) -> None:
        """Show nothing, because the command prints the error."""

    def end(self) -> None:
        """Restore the terminal."""
        self._live.stop()


def heard_line(result: Result) -> str:
    """Return the text before the repair, with the reason; empty if there was no repair."""
    return f"heard: {result.said} ({result.repair})" if result.repair else ""


def summary(result: Result) -> str:
    """Return one line with the profile that made the transcript, and the timing."""
    timing = result.timing
    parts = [f"{timing.audio_ms / 1000:.1f} s of audio"]
    if result.profile:
        parts.insert(0, f"profile {result.profile}")
    if timing.ready_ms is not None:
        parts.append(f"ready after {timing.ready_ms:.0f} ms")
    if timing.first_text_ms is not None:
        parts.append(f"first words after {timing.first_text_ms:.0f} ms")
    if timing.final_ms is not None:
        parts.append(f"transcript {timing.final_ms:.0f} ms after the end of the audio")
    if result.ended_by is not Ending.CLIENT:
        parts.append(f"ended: {result.endpoint}")
    if not result.complete:
        parts.append("the last words were not confirmed")
    return ", ".join(parts)
