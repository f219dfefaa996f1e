"""Checks a client's access before its handler gets an event.

A client without access gets an error for each request, but only one error per utterance. Its
connection stays open, because Home Assistant treats a closed connection as a failure and connects
again at once.
"""

import asyncio
import logging
from typing import Final

from ..access import (
    BridgeHandshake,
    ClearToken,
    Hello,
    Proof,
    Verdict,
    no_token_data,
    read_request,
)
from ..errors import AccessError, LocalError, RequestError
from ..extensions.names import ACCESS_TYPE
from .connection import Connection
from .event_handler import EventHandler
from .failures import error_data
from .shared_access import SharedAccess
from .wire import WireEvent

__all__ = ["AccessGate"]

_log = logging.getLogger(__name__)

_AUDIO: Final = frozenset({"audio-start", "audio-chunk", "audio-stop"})

_BEFORE_AUDIO: Final = frozenset({"transcribe", "audio-start", "audio-chunk"})
"""After these events, more audio of the same utterance follows."""

_REQUESTS: Final = _BEFORE_AUDIO | {"audio-stop", "describe", "select-program", "ping"}
"""The events that are answered with an error. Like the handler, the gate ignores all others."""


class AccessGate:
    """The gate of one client. Once the client has access, its events go to the handler."""

    def __init__(
        self, connection: Connection, *, handler: EventHandler, shared: SharedAccess
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._shared = shared
        self._judged: Verdict | None = None
        self._handshake: BridgeHandshake | None = None
        """The handshake with a client that has requested a nonce."""
        self._ignores_audio = False
        """Whether the next audio belongs to an utterance that was refused already."""

    def accepts(self, event: WireEvent) -> bool:
        """Return whether an event can be handled now. After a wrong proof, the next proofs wait."""
        if event.type == ACCESS_TYPE:
            return "proof" not in event.data or self._shared.accepts(self._connection)
        return self._verdict is not Verdict.ALLOWED or self._handler.accepts(event)

    @property
    def wants_audio_now(self) -> bool:
        """Whether the handler wants audio as soon as it arrives."""
        return self._handler.wants_audio_now

    def handle(self, event: WireEvent) -> None:
        """Pass an event to the handler, or answer that the client has no access."""
        if event.type == "transcribe":
            self._ignores_audio = False
        if event.type == ACCESS_TYPE:
            self._take(event)
        elif self._ignores_audio and event.type in _AUDIO:
            self._ignores_audio = event.type != "audio-stop"
        elif self._verdict is Verdict.ALLOWED:
            self._handler.handle(event)
        elif event.type in _REQUESTS:
            self._ignores_audio = self._ignores_audio or event.type in _BEFORE_AUDIO
            self._deny(self._verdict)

    def lost(self) -> None:
        """Forget the client's waiting proof, and end its handler, because the client is gone."""
        self._shared.leave(self._connection)
        self._handler.lost()

    @property
    def _verdict(self) -> Verdict:
        """The verdict so far. Until the client sends a proof, only its address counts."""
        if self._judged is None:
            self._judged = self._shared.rules.judge(self._connection.peer)
        return self._judged

    def _take(self, event: WireEvent) -> None:
        """Handle a step of the handshake. A client that has access does not lose it."""
        try:
            match read_request(event.data):
                case Hello() as hello:
                    self._challenge(hello)
                case Proof() as proof:
                    self._check(proof)
                case ClearToken():
                    self._refuse_clear_token()
        except AccessError:
            if self._verdict is not Verdict.ALLOWED:
                self._deny(self._verdict)
        except LocalError as error:
            self._connection.send("error", error_data(error))

    def _challenge(self, hello: Hello) -> None:
        token = self._shared.rules.token
        if token is not None:
            self._handshake = BridgeHandshake(token, reached_at=self._connection.reached_at)
            self._connection.send(ACCESS_TYPE, self._handshake.challenge(hello))
        elif self._verdict is Verdict.ALLOWED:
            self._connection.send(ACCESS_TYPE, no_token_data())
        else:
            self._deny(self._verdict)

    def _check(self, proof: Proof) -> None:
        """Check a proof. Answer a right one with the bridge's own proof, a wrong one with an error.

        Raises:
            RequestError: The client has no nonce, or has sent a proof for the nonce already.
        """
        if self._handshake is None:
            raise RequestError("a proof must follow a nonce, and each nonce is for one proof")
        answer = self._handshake.answer(proof)
        is_right = answer is not None and self._handshake.expects_us(proof)
        self._shared.note(self._connection, is_right=is_right)
        if answer is not None:
            # The bridge's proof shows a client whether its connection was forwarded.
            self._connection.send(ACCESS_TYPE, answer)
            if is_right:
                self._judged = Verdict.ALLOWED
                _log.debug("a client at %s proved that it knows the token", self._connection.peer)
            else:
                now = asyncio.get_running_loop().time()
                self._shared.log.forwarded(self._connection.peer, now=now)
            return
        if self._verdict is not Verdict.ALLOWED:
            self._judged = Verdict.WRONG
        self._deny(Verdict.WRONG)

    def _refuse_clear_token(self) -> None:
        if self._verdict is Verdict.ALLOWED:
            now = asyncio.get_running_loop().time()
            self._shared.log.sent_in_clear(self._connection.peer, now=now)
            return
        if self._verdict is not Verdict.NOT_LISTED:
            self._judged = Verdict.CLEAR
        self._deny(self._verdict)

    def _deny(self, verdict: Verdict) -> None:
        self._shared.note_refusal(self._connection.peer, verdict)
        self._connection.send("error", error_data(verdict.error))
