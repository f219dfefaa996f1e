"""Tracks how much audio each profile has sent today, and whether it may send more."""

import asyncio
from pathlib import Path
from typing import Final

from ..transcriber import Budget
from .usage_file import UsageFile, default_folder

__all__ = ["UsageTracker"]

_SAVE_S: Final = 5.0
"""The time between two saves. A crash loses this much usage, and each save wears a memory card."""


class UsageTracker:
    """The budgets of all profiles.

    The budgets are kept in a file if a profile has a daily limit, or if ``remember_all`` is set.
    """

    def __init__(self, *, folder: Path | None = None, remember_all: bool = False) -> None:
        self._folder = folder
        self._remember_all = remember_all
        self._budgets: dict[str, Budget] = {}
        self._opening = asyncio.Lock()
        self._usage_file: UsageFile | None = None
        self._saving: asyncio.Task[None] | None = None

    def budget(self, name: str) -> Budget:
        """Return the budget of a profile that was added before."""
        return self._budgets[name]

    async def add(self, name: str, *, max_s: float | None, title: str | None = None) -> Budget:
        """Return the budget of a profile, including the audio that it already sent today.

        ``title`` is the profile's name in the log, if it is not ``name``.

        Raises:
            StateError: The usage file cannot be read or written.
        """
        if self._remember_all or max_s is not None:
            await self._open()
        if name not in self._budgets:
            usage_file = self._usage_file
            self._budgets[name] = usage_file.budget(name, title=title) if usage_file else Budget()
        self._budgets[name].max_s = max_s
        return self._budgets[name]

    async def _open(self) -> None:
        async with self._opening:  # several profiles may be added at the same time
            if self._usage_file is None:
                usage_file = UsageFile(self._folder or default_folder())
                await asyncio.to_thread(usage_file.open)
                self._usage_file = usage_file
                self._saving = asyncio.create_task(_save(usage_file), name="save the usage")

    async def close(self) -> None:
        """Save the usage. Closing twice is allowed."""
        if self._saving:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)
        if self._usage_file:
            await asyncio.to_thread(self._usage_file.save)


async def _save(usage_file: UsageFile) -> None:
    while True:
        await asyncio.sleep(_SAVE_S)
        await asyncio.to_thread(usage_file.save)
