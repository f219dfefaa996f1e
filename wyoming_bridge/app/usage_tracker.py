"""What each profile has sent today, and whether it may send more."""

import asyncio
from pathlib import Path
from typing import Final

from ..transcriber import Budget
from .usage_file import UsageFile, default_folder

__all__ = ["UsageTracker"]

_SAVE_S: Final = 5.0
"""How much of what was sent a crash may forget; a memory card is written as often."""


class UsageTracker:
    """The budgets of all profiles.

    There is a file where one has a limit, or where all are to be remembered.
    """

    def __init__(self, *, folder: Path | None = None, remember_all: bool = False) -> None:
        self._folder = folder
        self._remember_all = remember_all
        self._budgets: dict[str, Budget] = {}
        self._opening = asyncio.Lock()
        self._usage_file: UsageFile | None = None
        self._saving: asyncio.Task[None] | None = None

    def budget(self, name: str) -> Budget:
        """The budget of a profile that was added."""
        return self._budgets[name]

    async def add(self, name: str, *, max_s: float | None) -> Budget:
        """Count what a profile sends, going on from what was sent earlier today.

        Raises:
            StateError: The file cannot be had.
        """
        if self._remember_all or max_s is not None:
            await self._open()
        if name not in self._budgets:
            self._budgets[name] = self._usage_file.budget(name) if self._usage_file else Budget()
        self._budgets[name].max_s = max_s
        return self._budgets[name]

    async def _open(self) -> None:
        async with self._opening:  # several may be added at once
            if self._usage_file is None:
                usage_file = UsageFile(self._folder or default_folder())
                await asyncio.to_thread(usage_file.open)
                self._usage_file = usage_file
                self._saving = asyncio.create_task(_save(usage_file), name="save the usage")

    async def close(self) -> None:
        """Write down what was sent. Closing twice is allowed."""
        if self._saving:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)
        if self._usage_file:
            await asyncio.to_thread(self._usage_file.save)


async def _save(usage_file: UsageFile) -> None:
    while True:
        await asyncio.sleep(_SAVE_S)
        await asyncio.to_thread(usage_file.save)
