"""The emulator of Scriptix for the local server."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..contract import HttpAnswer
from ..emulator import RequestHandler, UpgradeHandler, UploadHandler, json_answer
from ..server_request import ServerRequest
from ..serving import ServerProtocol
from ..tokens import Tokens
from .behaviour import ScriptixBehaviour
from .cold_start import ColdStart
from .server import CORS, MISSING_STREAM_URL, MISSING_TOKEN, MicrophoneServer, StreamServer, refused
from .settings import (
    INITIALIZE_PATH,
    OLDER_PATH,
    PATH,
    PROVIDER,
    STATUS_PATH,
    STREAM_PATH,
    TOKEN_HEADERS,
    TYPES,
)
from .starting import Readiness

__all__ = ["ScriptixEmulator"]

_WRONG_TOKEN: Final = "Authentication failed: the token is not valid"  # noqa: S105 - a text

_MESSAGES: Final = {
    Readiness.READY: "Realtime service is ready for connections",
    Readiness.STARTING: "Realtime service is starting",
    Readiness.SCALED_DOWN: "Realtime service is scaled down",
}


class ScriptixEmulator:
    """The emulated service. No other emulated service has these paths."""

    name = PROVIDER

    def __init__(self, *, tokens: frozenset[str], behaviour: ScriptixBehaviour) -> None:
        self._tokens = Tokens(tokens)
        self._behaviour = behaviour
        self._cold_start = ColdStart(behaviour)
        self.websockets: Mapping[str, UpgradeHandler] = {
            PATH: self.accept,
            STREAM_PATH: self.accept_stream,
            OLDER_PATH: self.accept_older,
        }
        self.uploads: Mapping[str, UploadHandler] = {}
        self.requests: Mapping[tuple[str, str], RequestHandler] = {
            ("POST", INITIALIZE_PATH): self._initialize,
            ("GET", STATUS_PATH): self._status,
            # The service's documentation also has this path without ``/api``.
            ("GET", STATUS_PATH.removeprefix("/api")): self._status,
        }

    def refusal(self, status: int, text: str) -> HttpAnswer:
        """Return an HTTP error in the service's own form."""
        return json_answer(status, {"error": text})

    def recognises(self, request: ServerRequest) -> bool:
        """Return True, because no other service has these paths."""
        return True

    def preparation(self, request: ServerRequest, now: float) -> None:
        """Return None, because no part of reading a request is slow."""

    def accept(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        """Answer a websocket upgrade in microphone mode."""
        refusal = self._admit(request, _token_of(request), now)
        return refusal or MicrophoneServer(self._behaviour, self._cold_start)

    def accept_older(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        """Answer the websocket upgrade of an older client, which needs the older result format."""
        refusal = self._admit(request, _token_of(request), now)
        older = replace(self._behaviour, result_shape="older")
        return refusal or MicrophoneServer(older, self._cold_start)

    def accept_stream(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        """Answer a websocket upgrade in stream mode."""
        refusal = self._admit(request, request.path_parameters.get("token", ""), now)
        if refusal:
            return refusal
        source_url = request.first("url")
        if not source_url:
            return refused(MISSING_STREAM_URL)
        return StreamServer(self._behaviour, self._cold_start, source_url=source_url)

    def _admit(
        self, request: ServerRequest, token: str, now: float
    ) -> ServerProtocol | HttpAnswer | None:
        """Return the answer that refuses a session, or None if the session is allowed."""
        if self._cold_start.readiness(now=now) is not Readiness.READY:
            return json_answer(503, {"error": "the service is not running"})
        origin = request.headers.get("origin")
        allowed = self._behaviour.allowed_origins
        if allowed and origin is not None and origin not in allowed:
            return refused(CORS)
        if not self._tokens.is_open and not token:
            return refused(MISSING_TOKEN)
        if not self._tokens.knows(token):
            return refused(_WRONG_TOKEN)
        try:
            # One page of the documentation requires ``type``. On another page the default is
            # "fast".
            request.choice("type", TYPES[0], TYPES)
        except ValueError as err:
            return refused(str(err))
        return None

    def _initialize(self, request: ServerRequest, now: float) -> HttpAnswer:
        if not self._tokens.knows(_rest_token_of(request)):
            return json_answer(401, {"error": _WRONG_TOKEN})
        self._cold_start.initialize(now=now)
        return self._readiness(request, now)

    def _status(self, request: ServerRequest, now: float) -> HttpAnswer:
        if not self._tokens.knows(_rest_token_of(request)):
            return json_answer(401, {"error": _WRONG_TOKEN})
        return self._readiness(request, now)

    def _readiness(self, request: ServerRequest, now: float) -> HttpAnswer:
        readiness = self._cold_start.readiness(now=now)
        return json_answer(
            200,
            {
                "status": readiness,
                "message": _MESSAGES[readiness],
                "ready": readiness is Readiness.READY,
                "endpoint": f"ws://{request.headers.get('host', '')}{PATH}",
            },
        )


def _token_of(request: ServerRequest) -> str:
    """Return the token in the address or in one of ``TOKEN_HEADERS``; empty if it is missing."""
    in_headers = (request.headers[name] for name in TOKEN_HEADERS if name in request.headers)
    return request.first("token") or next(in_headers, "")


def _rest_token_of(request: ServerRequest) -> str:
    """Return the token in one of ``TOKEN_HEADERS`` or ``Authorization``; empty if it is missing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else _token_of(request)
