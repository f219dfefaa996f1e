"""The clients of one bridge: each gets a place, and loses it if it must leave.

``Places`` decides which client loses its place. This module disconnects that client, and sets the
timer for clients that are silent.
"""

import asyncio
import select
from collections.abc import Iterable
from typing import Final

from ..errors import ErrorText, RequestError
from .connection import Connection
from .handler import Handler
from .places import OLD_STRANGER_S, STRANGER_S, Places
from .refusals import Refusal, Refusals

__all__ = ["Clients", "broken"]

_LEAVE_S: Final = 0.3
"""How long clients may take to read their last answer before the bridge closes the connections."""

_SILENT: Final = (
    f"no allowed event was received within {STRANGER_S:g} s"
    f" ({OLD_STRANGER_S:g} s while many clients are silent)"
)


class Clients:
    """The connected clients, their handlers and their places."""

    def __init__(self, places: Places[Connection], *, refusals: Refusals) -> None:
        """Create the list of clients. ``refusals`` counts those that are refused or must leave."""
        self._places = places
        self._refusals = refusals
        self._handlers: dict[Connection, Handler] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._left = asyncio.Event()
        self._is_draining = False

    @property
    def handlers(self) -> list[Handler]:
        """The handlers of all clients."""
        return list(self._handlers.values())

    def counts(self) -> dict[str, int]:
        """Return the number of clients by state: stranger, idle, busy or leaving."""
        return self._places.counts()

    def add(self, connection: Connection, handler: Handler) -> None:
        """Add a client. It needs a place as soon as its connection is complete."""
        self._handlers[connection] = handler

    def give_place(self, connection: Connection) -> None:
        """Give a new client a place. If no place is free, another client may lose its own."""
        now = asyncio.get_running_loop().time()
        if len(self._places) >= self._places.clients:
            self._drop_broken()
        leaves = self._places.join(connection, now=now, behind_s=self._behind_s)
        if leaves is connection:
            clients = self._places.clients
            self._refusals.note(Refusal.FULL, clients)
            connection.turn_away(RequestError(ErrorText.TOO_MANY_CLIENTS, limit=str(clients)))
        elif leaves and self._handlers[leaves].has_utterance:
            self._refusals.note(Refusal.LATE)
            leaves.turn_away(RequestError(ErrorText.PLACE_IS_NEEDED))
        elif leaves:
            self._refusals.note(Refusal.DISPLACED)
            leaves.close()
        self._set_timer()

    def wait_s(self) -> float:
        """Return how long the next client has to wait before it is accepted."""
        now = asyncio.get_running_loop().time()
        wait_s = self._places.wait_s(now=now, behind_s=self._behind_s)
        if wait_s > 0:
            self._drop_broken()
            wait_s = self._places.wait_s(now=now, behind_s=self._behind_s)
        return wait_s

    def note_event(self, connection: Connection, is_busy: bool) -> None:  # noqa: FBT001 - a callback
        """Note that the handler of a client has handled an event.

        ``is_busy`` is whether the client has an utterance with audio.
        """
        is_new = self._places.is_stranger(connection)
        now = asyncio.get_running_loop().time()
        self._places.note_event(connection, is_busy=is_busy, now=now)
        if is_new:
            connection.admit()
        if self._is_draining and not is_busy:
            # This happens in the next turn, because further events of the same read may begin the
            # next utterance.
            asyncio.get_running_loop().call_soon(self._end_if_idle, connection)
        if is_new or self._timer is None:  # other events only delay the next timeout
            self._set_timer()

    def note_leaving(self, connection: Connection) -> None:
        """Note that a client only has to read its last answer."""
        self._places.note_leaving(connection)

    def forget(self, connection: Connection) -> None:
        """Note that a client is gone."""
        self._handlers.pop(connection, None)
        self._places.leave(connection)
        self._left.set()

    def begin_drain(self) -> None:
        """From now on, disconnect each client as soon as it has no utterance."""
        self._is_draining = True
        self.end_idle()

    def end_idle(self, *, may_begin: bool = True) -> None:
        """Disconnect all clients without an utterance.

        If they ``may_begin`` one, those that have just connected or sent something are left out.
        """
        for connection in list(self._handlers):
            self._end_if_idle(connection, may_begin=may_begin)

    async def all_left(self) -> None:
        """Wait until there are no clients."""
        while self._handlers:
            self._left.clear()
            await self._left.wait()

    async def end_all(self) -> None:
        """Disconnect all clients, after a moment to read why. Those that wait get an error."""
        for connection, handler in list(self._handlers.items()):
            handler.stop()
            connection.end()
        try:
            async with asyncio.timeout(_LEAVE_S):
                await self.all_left()
        except TimeoutError:
            for connection in list(self._handlers):
                connection.close()

    def stop_timer(self) -> None:
        """Stop the timer for silent clients, because there are no clients."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end_if_idle(self, connection: Connection, *, may_begin: bool = True) -> None:
        """Disconnect a client without an utterance, unless it ``may_begin`` one right now."""
        handler = self._handlers.get(connection)
        if handler is None or handler.is_under_way:
            return
        if not may_begin or not (self._places.is_stranger(connection) or connection.has_input):
            connection.end()

    def _behind_s(self, connection: Connection) -> float:
        now = asyncio.get_running_loop().time()
        return self._handlers[connection].audio_behind_s(now=now)

    def _drop_broken(self) -> None:
        """Free the places of clients that have reset their connections.

        In a flood of connections, the event loop would notice the resets too late, when hundreds of
        these clients have places.
        """
        by_fd = {connection.fd: connection for connection in self._handlers}
        by_fd.pop(-1, None)
        for fd in broken(by_fd):
            by_fd[fd].drop()
            self._places.leave(by_fd[fd])

    def _set_timer(self) -> None:
        """Call ``_time_passed`` no later than when the next client is overdue."""
        due = self._places.next_timeout()
        if due is None or (self._timer and self._timer.when() <= due):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due, self._time_passed)

    def _time_passed(self) -> None:
        self._timer = None
        for connection in self._places.overdue(now=asyncio.get_running_loop().time()):
            if self._places.is_stranger(connection):
                self._refusals.note(Refusal.SILENT)
                connection.turn_away(RequestError(_SILENT))
            else:
                connection.close()
            self._places.leave(connection)
        self._set_timer()


def broken(fds: Iterable[int]) -> list[int]:
    """Return which sockets have been reset by the other side."""
    if not hasattr(select, "poll"):
        return []  # Windows has no poll
    poll = select.poll()
    for fd in fds:
        poll.register(fd, 0)  # errors and the end of both directions are always reported
    return [fd for fd, _ in poll.poll(0)]
