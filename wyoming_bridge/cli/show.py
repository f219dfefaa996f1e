"""What a person, a pipe or a program sees of a transcription."""

import json
import sys
from typing import Protocol, TextIO

from ..errors import BridgeError
from ..transcriber import Result, Revision

__all__ = ["JsonView", "LinesView", "TerminalView", "View", "new_view"]

_NOTHING = "(nothing was heard)"

_LONG_MS = 20_000
"""From here on a person wants to see how far it is."""


class View(Protocol):
    """Shows one transcription."""

    def begin(self, total_ms: float | None) -> None:
        """It begins; the duration of the audio where it is known."""

    def sent(self, sent_ms: float) -> None:
        """So much audio has been sent."""

    def revision(self, revision: Revision) -> None:
        """The words so far."""

    def result(self, result: Result) -> None:
        """The transcript."""

    def failure(self, error: BridgeError) -> None:
        """There is none."""

    def end(self) -> None:
        """Tidy up, however it ended."""


def new_view(*, as_json: bool) -> View:
    """The view for where the output goes."""
    if as_json:
        return JsonView(sys.stdout)
    return TerminalView() if sys.stdout.isatty() else LinesView(sys.stdout, sys.stderr)


class JsonView:
    """One object a line: ``partial``, ``transcript`` or ``error``."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def begin(self, total_ms: float | None) -> None:
        """Say nothing."""

    def sent(self, sent_ms: float) -> None:
        """Say nothing."""

    def revision(self, revision: Revision) -> None:
        """A ``partial``."""
        self._print("partial", {"text": revision.text, "settled": revision.settled})

    def result(self, result: Result) -> None:
        """A ``transcript`` with all that is known of it."""
        values: dict[str, object] = {"text": result.text, "language": result.language}
        self._print("transcript", values | result.details())

    def failure(self, error: BridgeError) -> None:
        """An ``error``."""
        self._print("error", {"code": error.code, "text": str(error)})

    def end(self) -> None:
        """Nothing to tidy up."""

    def _print(self, kind: str, values: dict[str, object]) -> None:
        print(
            json.dumps({"type": kind, **values}, ensure_ascii=False), file=self._output, flush=True
        )


class LinesView:
    """The transcript alone on the output; the words as they come, and the timing, beside it."""

    def __init__(self, output: TextIO, beside: TextIO) -> None:
        self._output = output
        self._beside = beside
        self._shown = ""

    def begin(self, total_ms: float | None) -> None:
        """Say nothing."""

    def sent(self, sent_ms: float) -> None:
        """Say nothing."""

    def revision(self, revision: Revision) -> None:
        """The words so far, a line; none where they have only settled."""
        if revision.text != self._shown:
            self._shown = revision.text
            print(f"  ... {revision.text}", file=self._beside, flush=True)

    def result(self, result: Result) -> None:
        """The transcript, then the timing."""
        print(result.text, file=self._output, flush=True)
        if not result.text:
            print(f"  {_NOTHING}", file=self._beside)
        print(f"  {summary(result)}", file=self._beside, flush=True)

    def failure(self, error: BridgeError) -> None:
        """The error is printed by the command."""

    def end(self) -> None:
        """Nothing to tidy up."""


class TerminalView:
    """The words change in place; a bar for long audio."""

    def __init__(self) -> None:
        # A bridge needs no terminal library; only this view pays for it.
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
        """Move the bar."""
        for task in self._bar.task_ids:
            self._bar.update(task, completed=sent_ms)

    def revision(self, revision: Revision) -> None:
        """Settled words bright, the others dim."""
        self._words.plain = ""
        self._words.append("  ").append(revision.settled, style="not dim bold")
        self._words.append(revision.text[len(revision.settled) :])
        self._live.refresh()

    def result(self, result: Result) -> None:
        """The transcript, then the timing."""
        self._live.stop()
        said = result.text or _NOTHING
        self._console.print(self._text(f"  {said}", style="bold"))
        self._console.print(self._text(f"  {summary(result)}", style="dim"))

    def failure(self, error: BridgeError) -> None:
        """The error is printed by the command."""

    def end(self) -> None:
        """Leave the terminal as it was."""
        self._live.stop()


def summary(result: Result) -> str:
    """Where the transcript came from and how long that took, in one line."""
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
    if not result.complete:
        parts.append("the last words were not confirmed")
    return ", ".join(parts)
