"""Checks a client's access before its handler gets an event.

A client without access gets an error in answer to each request, once per utterance. The connection
stays open: Home Assistant treats a closed connection as a failure and connects again at once.
"""

import asyncio
import logging
from typing import Final

from ..access import Verdict
from ..errors import AccessError
from ..extensions import ACCESS_TYPE, token_of
from .access_attempts import AccessAttempts
from .connection import Connection, EventHandler
from .failures import error_data
from .wire import WireEvent

__all__ = ["AccessGate"]

_log = logging.getLogger(__name__)

_AUDIO: Final = frozenset({"audio-start", "audio-chunk", "audio-stop"})

_BEFORE_AUDIO: Final = frozenset({"transcribe", "audio-start", "audio-chunk"})
"""More audio of the same utterance follows these events."""

_REQUESTS: Final = _BEFORE_AUDIO | {"audio-stop", "describe", "select-program", "ping"}
"""The events that are answered with an error. All others are ignored, as the handler does too."""


class AccessGate:
    """The gate of one client. Once the client has access, its events go to the handler."""

    def __init__(
        self, connection: Connection, *, handler: EventHandler, attempts: AccessAttempts
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._attempts = attempts
        self._judged: Verdict | None = None
        self._ignores_audio = False
        """Whether audio belongs to an utterance that was refused already."""
        self._next_try: asyncio.TimerHandle | None = None

    def accepts(self, event: WireEvent) -> bool:
        """Return whether an event can be taken now: a token must wait after a wrong one."""
        if event.type == ACCESS_TYPE:
            return self._may_try()
        return self._verdict is not Verdict.ALLOWED or self._handler.accepts(event)

    @property
    def wants_audio_now(self) -> bool:
        """Whether the handler wants audio as soon as it comes."""
        return self._handler.wants_audio_now

    def handle(self, event: WireEvent) -> None:
        """Pass an event to the handler, or answer that the client has no access."""
        if event.type == "transcribe":
            self._ignores_audio = False
        if event.type == ACCESS_TYPE:
            self._check(token_of(event.data))
        elif self._ignores_audio and event.type in _AUDIO:
            self._ignores_audio = event.type != "audio-stop"
        elif self._verdict is Verdict.ALLOWED:
            self._handler.handle(event)
        elif event.type in _REQUESTS:
            self._ignores_audio = self._ignores_audio or event.type in _BEFORE_AUDIO
            self._deny(self._verdict)

    def lost(self) -> None:
        """End the handler: the client is gone."""
        if self._next_try:
            self._next_try.cancel()
        self._handler.lost()

    @property
    def _verdict(self) -> Verdict:
        """The verdict so far; until a token comes, by the address alone."""
        if self._judged is None:
            self._judged = self._attempts.access.judge(self._connection.peer)
        return self._judged

    def _may_try(self) -> bool:
        if self._verdict not in {Verdict.MISSING, Verdict.WRONG}:
            return True
        loop = asyncio.get_running_loop()
        wait_s = self._attempts.wait_s(self._connection.peer, now=loop.time())
        if wait_s <= 0:
            return True
        if self._next_try:
            self._next_try.cancel()
        self._next_try = loop.call_later(wait_s, self._connection.resume)
        return False

    def _check(self, token: str | None) -> None:
        """Take a token. A client that has access keeps it."""
        if self._verdict is Verdict.ALLOWED:
            return
        peer = self._connection.peer
        self._judged = self._attempts.access.judge(peer, token)
        if self._judged is Verdict.WRONG:
            self._attempts.note_wrong(peer, now=asyncio.get_running_loop().time())
        if self._judged is Verdict.ALLOWED:
            _log.debug("a client at %s sent the access token", peer)
        else:
            self._deny(self._judged)

    def _deny(self, verdict: Verdict) -> None:
        self._attempts.log(self._connection.peer, verdict)
        error: AccessError = verdict.error
        self._connection.send("error", error_data(error))
