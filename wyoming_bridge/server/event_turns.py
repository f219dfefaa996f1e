"""Passes a client's events to its handler, in turns with the events of other clients.

Events that the handler is not ready for stay undecoded.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from ..errors import LocalError, WireError
from .event_decoder import EventDecoder
from .event_handler import EventHandler
from .large_events import LargeEventTurns, is_large
from .wire import CLIENT_LIMITS, STRANGER_LIMITS, WireEvent

__all__ = ["EventTurns"]

_EVENTS_PER_TURN: Final = 50
_BYTES_PER_TURN: Final = 32 * 1024
"""The number of events, and the bytes of audio, that are handled for one client in one turn of the
event loop. Home Assistant sends five events between two reads. Events without audio take 20 µs
each, a second of audio about 8 ms."""


class EventTurns:
    """The events of one client that were received and not handled yet."""

    def __init__(
        self,
        handler: EventHandler,
        *,
        on_turn: Callable[[WireEvent | None], None],
        on_refused: Callable[[LocalError], None],
        large_events: LargeEventTurns,
    ) -> None:
        """Create the turns of a client that has sent nothing yet.

        All clients share ``large_events``.

        ``on_turn`` is called after each turn, unless ``stop`` was called. Its argument is the last
        event of the bytes that were received; None if another turn follows, if the bytes contain no
        complete event, or after ``resume``. ``on_refused`` is called if the bytes are not valid,
        or if a large event has waited too long for its turn. Later events cannot be handled then.
        """
        self._handler = handler
        self._on_turn = on_turn
        self._on_refused = on_refused
        self._large_events = large_events
        self._loop = asyncio.get_running_loop()
        self._decoder = EventDecoder(STRANGER_LIMITS)
        self._event: WireEvent | None = None  # waits until the handler is ready for it
        self._next: asyncio.Handle | None = None  # the next turn, if it follows at once
        self._is_stopped = False

    def admit(self) -> None:
        """From now on, accept events of the usual size."""
        self._decoder.limits = CLIENT_LIMITS

    def receive(self, received: bytearray, size: int) -> None:
        """Decode the first ``size`` bytes of a buffer, and pass their events to the handler.

        The caller can reuse the buffer after the call. After ``stop``, the bytes are dropped.
        """
        if not self._is_stopped:
            self._decoder.receive(received, size)
            self._take_turn()

    def resume(self) -> None:
        """Pass the waiting events to the handler, until it is not ready for the next one."""
        if self._event is not None:
            self._take_turn(is_resumed=True)

    def refuse(self, error: LocalError) -> None:
        """Refuse the large event that waits for its turn."""
        self._on_refused(error)

    def stop(self) -> None:
        """Drop the events that were not handled, and all later ones."""
        self._is_stopped = True
        self._event = None
        self._decoder.receive(b"")
        self._large_events.leave(self)
        self._cancel_next()

    @property
    def are_waiting(self) -> bool:
        """Whether a received event still has to be handled."""
        return self._event is not None

    @property
    def has_input(self) -> bool:
        """Whether an event still has to be handled, or was received only in part."""
        return self._event is not None or self._decoder.is_within_event

    def _take_turn(self, *, is_resumed: bool = False) -> None:
        """Pass events that were received to the handler, up to the limits of one turn."""
        if self._next:
            self._cancel_next()
        last = None
        events = size = 0
        while True:
            try:
                event = self._event or self._decoder.next_event()
            except WireError as error:
                self._on_refused(error)
                return
            if event is None:
                break
            self._event = last = event
            if events >= _EVENTS_PER_TURN or size >= _BYTES_PER_TURN:
                self._decoder.keep_rest()
                self._next = self._loop.call_soon(self._take_turn)
                break
            large = is_large(event)
            may_begin = not large or self._large_events.may_begin(self)
            if not may_begin or not self._handler.accepts(event):
                self._decoder.keep_rest()
                break
            event, self._event = self._decoder.with_following(event), None
            if large:
                self._handle_large(event)
            else:
                self._handler.handle(event)
            if self._is_stopped:
                return
            events += 1
            size += len(event.payload)
        self._on_turn(None if is_resumed or self._next else last)

    def _handle_large(self, event: WireEvent) -> None:
        began = self._loop.time()
        try:
            self._handler.handle(event)
        finally:
            self._large_events.end(took_s=self._loop.time() - began)

    def _cancel_next(self) -> None:
        if self._next:
            self._next.cancel()
            self._next = None
