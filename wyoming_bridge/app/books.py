"""What each profile has sent today, and whether it may send more."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..transcriber import Budget
from .ledger import Ledger, default_folder

__all__ = ["Books"]

_SAVE_S: Final = 5.0
"""How much of what was sent a crash may forget; a memory card is written as often."""


class Books:
    """The budgets of all profiles. Only where one has a limit is there a file."""

    def __init__(self, limits: Mapping[str, float | None], *, folder: Path | None) -> None:
        """Say how many seconds a day each profile may send; None for any."""
        self._limits = limits
        self._folder = folder
        self._budgets: dict[str, Budget] = {name: Budget() for name in limits}
        self._ledger: Ledger | None = None
        self._saving: asyncio.Task[None] | None = None

    def budget(self, profile: str) -> Budget:
        """The budget of a profile."""
        return self._budgets[profile]

    async def open(self) -> None:
        """Go on from what was sent earlier today.

        Raises:
            ConfigError: The file cannot be had.
        """
        if all(limit is None for limit in self._limits.values()):
            return
        ledger = Ledger(self._folder or default_folder())
        await asyncio.to_thread(ledger.open)
        for name, limit in self._limits.items():
            self._budgets[name] = ledger.budget(name, max_s=limit)
        self._ledger = ledger
        self._saving = asyncio.create_task(_save(ledger), name="keep the books")

    async def close(self) -> None:
        """Write down what was sent. Closing twice is allowed."""
        if self._saving:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)
        if self._ledger:
            await asyncio.to_thread(self._ledger.save)


async def _save(ledger: Ledger) -> None:
    while True:
        await asyncio.sleep(_SAVE_S)
        await asyncio.to_thread(ledger.save)
