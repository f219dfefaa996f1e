"""Tracks how much audio each profile has sent today, and whether it may send more."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from ..errors import ErrorText, StoppingError
from ..transcriber import Budget
from .state_folder import default_folder

if TYPE_CHECKING:  # loaded only if the usage is saved
    from ..config.usage import UsageServer
    from .usage_file import UsageFile

__all__ = ["UsageTracker"]


class UsageStore(Protocol):
    """Keeps the usage: a file, or a server that several bridges share."""

    @property
    def interval_s(self) -> float:
        """The time between two saves, in seconds."""

    async def open(self) -> None:
        """Make the store ready.

        Raises:
            BridgeError: The store cannot be used.
        """

    def budget(self, profile: str, *, title: str | None) -> Budget:
        """Return the budget of a profile with its known usage. Log lines may use ``title``."""

    async def load(self) -> None:
        """Update all budgets with the usage of other bridges."""

    async def save(self) -> None:
        """Save the usage of all budgets. A failure is logged, not raised."""

    async def close(self) -> None:
        """Save for the last time. A second call is allowed."""


class UsageTracker:
    """The budgets of all profiles.

    If a profile has a daily limit, or if ``remember_all`` is set, the usage is saved: on a server
    that several bridges share, or else in a file.
    """

    def __init__(
        self,
        *,
        folder: Path | None = None,
        remember_all: bool = False,
        server: "UsageServer | None" = None,
    ) -> None:
        self._folder = folder
        self._server = server
        self._remember_all = remember_all
        self._budgets: dict[str, Budget] = {}
        self._unsaved: set[str] = set()  # profiles that were added when there was no store
        self._opening = asyncio.Lock()
        self._is_closed = False
        self._store: UsageStore | None = None
        self._saving: asyncio.Task[None] | None = None

    def budget(self, name: str) -> Budget:
        """Return the budget of a profile that was added before."""
        return self._budgets[name]

    @property
    def budgets(self) -> Mapping[str, Budget]:
        """The budgets of all profiles that were added, by name."""
        return self._budgets

    async def add(self, name: str, *, max_s: float | None, title: str | None = None) -> Budget:
        """Add a profile, and return its budget with the audio that it has already sent today.

        ``title`` is the profile's name in log lines, if it differs from ``name``. If a profile is
        added again, and its usage is saved only from now on, the audio that it has sent before
        still counts.

        Raises:
            StateError: The usage file cannot be read or written, or the server refuses the bridge.
            DependencyError: The library for the server is not installed.
            StoppingError: ``close`` was called before a store was needed.
        """
        if self._remember_all or max_s is not None:
            await self._open()
        if name not in self._budgets or (self._store and name in self._unsaved):
            self._budgets[name] = self._new_budget(name, title=title)
        self._budgets[name].max_s = max_s
        if self._store:
            await self._store.load()
        return self._budgets[name]

    def _new_budget(self, name: str, *, title: str | None) -> Budget:
        if self._store is None:
            self._unsaved.add(name)
            return Budget()
        self._unsaved.discard(name)
        budget = self._store.budget(name, title=title)
        if before := self._budgets.get(name):
            budget.spend(before.spent_s)
            budget.sent_s = before.sent_s
        return budget

    async def _open(self) -> None:
        async with self._opening:  # several profiles may be added at the same time
            if self._store is None:
                if self._is_closed:
                    raise StoppingError(ErrorText.BRIDGE_STOPS)
                store = await asyncio.to_thread(self._new_store)
                await store.open()
                self._store = store
                self._saving = asyncio.create_task(_save(store), name="save the usage")

    def _new_store(self) -> UsageStore:
        """Return a store that is not open yet. Its imports block, so call this in a thread."""
        if self._server:
            from .shared_usage import SharedUsage

            return SharedUsage(self._server)
        from .usage_file import UsageFile

        return _FileStore(UsageFile(self._folder or default_folder()))

    def reopen(self) -> None:
        """Allow a store to be opened again after ``close``. Profiles must then be added again."""
        if self._is_closed:
            self._is_closed, self._store = False, None
            # The others are read from the new store.
            self._budgets = {name: self._budgets[name] for name in self._unsaved}

    async def close(self) -> None:
        """Save the usage, also to a store that is being opened. A second call is allowed.

        After this, no store can be opened until ``reopen`` is called.
        """
        self._is_closed = True
        async with self._opening:
            await self._close_store()

    async def _close_store(self) -> None:
        if self._saving:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)
        if self._store:
            await self._store.close()


class _FileStore:
    """The usage file, which is read and written in a thread."""

    interval_s: Final = 1.0
    """The time between two readings of the file, in seconds."""

    _SAVES_PER_WRITE: Final = 5
    """The file is written every 5 s. So a crash loses the usage of up to 5 s, and other programs
    see new usage up to 5 s late. More frequent writes would wear out a memory card."""

    def __init__(self, usage_file: "UsageFile") -> None:
        self._usage_file = usage_file
        self._saves = 0
        self.budget = usage_file.budget

    async def open(self) -> None:
        await asyncio.to_thread(self._usage_file.open)

    async def load(self) -> None:
        await asyncio.to_thread(self._usage_file.load)

    async def save(self) -> None:
        self._saves += 1
        if self._saves % self._SAVES_PER_WRITE == 0:
            await asyncio.to_thread(self._usage_file.save)
        await self.load()

    async def close(self) -> None:
        await asyncio.to_thread(self._usage_file.save)


async def _save(store: UsageStore) -> None:
    while True:
        await asyncio.sleep(store.interval_s)
        await store.save()
