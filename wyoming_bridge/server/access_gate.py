"""Stands before the handler of a client, where not everybody may use the bridge.

Until a client is let in, it is told why not in answer to whatever it asks, once an utterance, and
the connection stays: Home Assistant takes a closed one for a failure of its own.
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

_BEGINNINGS: Final = frozenset({"transcribe", "audio-start", "audio-chunk"})
"""After these comes more audio of the same utterance."""

_QUESTIONS: Final = _BEGINNINGS | {"audio-stop", "describe", "select-program", "ping"}
"""What is answered; anything else is passed over as it is for everybody."""


class AccessGate:
    """One client, as long as it is not let in; then its handler has the word."""

    def __init__(
        self, connection: Connection, *, handler: EventHandler, attempts: AccessAttempts
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._attempts = attempts
        self._judged: Verdict | None = None
        self._passing_over = False
        """The rest of an utterance that was refused."""
        self._next_try: asyncio.TimerHandle | None = None

    def accepts(self, event: WireEvent) -> bool:
        """Everything in its turn, but a token not too soon after a wrong one."""
        if event.type == ACCESS_TYPE:
            return self._may_try()
        return self._verdict is not Verdict.ALLOWED or self._handler.accepts(event)

    @property
    def wants_audio_now(self) -> bool:
        """Whether the handler awaits the next audio so."""
        return self._handler.wants_audio_now

    def handle(self, event: WireEvent) -> None:
        """Let the handler answer, or say why it does not."""
        if event.type == "transcribe":
            self._passing_over = False
        if event.type == ACCESS_TYPE:
            self._present(token_of(event.data))
        elif self._passing_over and event.type in _AUDIO:
            self._passing_over = event.type != "audio-stop"
        elif self._verdict is Verdict.ALLOWED:
            self._handler.handle(event)
        elif event.type in _QUESTIONS:
            self._passing_over = self._passing_over or event.type in _BEGINNINGS
            self._deny(self._verdict)

    def lost(self) -> None:
        """The client is gone."""
        if self._next_try:
            self._next_try.cancel()
        self._handler.lost()

    @property
    def _verdict(self) -> Verdict:
        """By the address alone, until a token comes."""
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

    def _present(self, token: str | None) -> None:
        """Take a token. Who is in stays in."""
        if self._verdict is Verdict.ALLOWED:
            return
        peer = self._connection.peer
        self._judged = self._attempts.access.judge(peer, token)
        if self._judged is Verdict.WRONG:
            self._attempts.note_wrong(peer, now=asyncio.get_running_loop().time())
        if self._judged is Verdict.ALLOWED:
            _log.debug("a client at %s has the access token", peer)
        else:
            self._deny(self._judged)

    def _deny(self, verdict: Verdict) -> None:
        self._attempts.log(self._connection.peer, verdict)
        error: AccessError = verdict.error
        self._connection.send("error", error_data(error))
