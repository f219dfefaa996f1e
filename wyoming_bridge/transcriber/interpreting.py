"""Asks interpreters about texts, with one task per text."""

import asyncio
import logging
from collections.abc import Callable

from .commands import Interpret
from .interpretation import Interpretation

__all__ = ["Interpreting"]

_log = logging.getLogger(__name__)


class Interpreting:
    """The questions of one utterance that are not answered yet."""

    def __init__(
        self, *, label: str, limit_s: float, on_answer: Callable[[str, Interpretation], None]
    ) -> None:
        """Create an object without questions. ``on_answer`` gets each text and its interpretation.

        ``label`` begins each line in the log. An answer that takes longer than ``limit_s`` seconds
        may be too late for the transcript, and is logged.
        """
        self._label = label
        self._limit_s = limit_s
        self._on_answer = on_answer
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, command: Interpret) -> None:
        """Start a task that asks the interpreter and reports the answer."""
        task = asyncio.create_task(self._ask(command), name="interpret a text")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, command: Interpret) -> None:
        loop = asyncio.get_running_loop()
        late_at = loop.time() + self._limit_s
        try:
            answer = await command.interpreter.interpret(
                command.text, command.pcm, pieces=command.pieces
            )
        except Exception:  # noqa: BLE001 - a fault of the interpreter must not lose a transcript
            _log.exception("%s: the text was not interpreted", self._label)
            answer = Interpretation()
        finally:  # logged even if ``stop`` has cancelled this task
            if loop.time() >= late_at:
                _log.info(
                    "%s: the interpretation took more than %g s, so the text may not be repaired",
                    self._label,
                    self._limit_s,
                )
        self._on_answer(command.text, answer)

    def stop(self) -> None:
        """Cancel the tasks whose interpreter has not answered yet."""
        for task in self._tasks:
            task.cancel()
