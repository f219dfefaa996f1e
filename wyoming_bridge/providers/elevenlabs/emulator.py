"""The emulator of ElevenLabs for the local server."""

from collections.abc import Mapping
from typing import Final

from ...errors import DependencyError
from ...options import shown
from ..account import Account
from ..contract import HttpAnswer
from ..emulator import RequestHandler, UpgradeHandler, UploadHandler, code_of, json_answer
from ..server_request import ServerRequest
from ..serving import ServerProtocol
from ..tokens import Tokens
from .behaviour import ElevenLabsBehaviour
from .messages import ErrorKind
from .query import SessionQuery, read_query
from .server import AUDIO_FORMATS, ElevenLabsServer, refused
from .settings import MODELS, PATH, PROVIDER

__all__ = ["ElevenLabsEmulator"]

_TOKEN_PATH: Final = "/v1/single-use-token/{token_type}"  # noqa: S105 - an address
_BATCH_PATH: Final = "/v1/speech-to-text"
_TOKEN_TYPES: Final = ("realtime_scribe", "batch_scribe", "tts_websocket")
"""The types in the service's client library. Only the first is for this protocol."""

_NOT_AUTHENTICATED: Final = "You must be authenticated to use this endpoint."


class ElevenLabsEmulator:
    """The emulated service. Reson8's requests have the same path, see ``recognises``."""

    name = PROVIDER

    def __init__(
        self, *, tokens: frozenset[str], language: str, behaviour: ElevenLabsBehaviour
    ) -> None:
        self._tokens = Tokens(tokens)
        self._language = language
        self._behaviour = behaviour
        self._account = Account()
        self.websockets: Mapping[str, UpgradeHandler] = {PATH: self.accept}
        self.uploads: Mapping[str, UploadHandler] = {_BATCH_PATH: self._transcribe}
        self.requests: Mapping[tuple[str, str], RequestHandler] = {
            ("POST", _TOKEN_PATH): self._mint,
        }

    def refusal(self, status: int, text: str) -> HttpAnswer:
        """Return an HTTP error in the service's own form."""
        return _refusal(status, code_of(status), text)

    def recognises(self, request: ServerRequest) -> bool:
        """Return whether a request has a ``model_id``, a ``token`` or an API key of ElevenLabs."""
        return bool({"model_id", "token"} & set(request.query)) or "xi-api-key" in request.headers

    def preparation(self, request: ServerRequest, now: float) -> None:
        """Return None, because no part of reading a request is slow."""

    def accept(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        """Answer an upgrade.

        To refuse a session, the service accepts the websocket and then sends an error. This is
        documented for invalid parameters. For an invalid token there is the error ``auth_error``.
        """
        if not self._admits(request, now=now):
            if self._behaviour.auth_refusal == "http":
                return _refusal(401, "invalid_api_key", _NOT_AUTHENTICATED)
            return refused(ErrorKind.AUTH_ERROR, _NOT_AUTHENTICATED)
        limit = self._behaviour.max_sessions
        if limit and self._account.sessions >= limit:
            return _refusal(
                429,
                "too_many_concurrent_requests",
                f"At most {limit} sessions at once are allowed.",
            )
        try:
            query = _read(request, self._behaviour)
        except ValueError as err:
            return refused(ErrorKind.INVALID_REQUEST, str(err))
        try:
            server = ElevenLabsServer(
                query, language=self._language, behaviour=self._behaviour, account=self._account
            )
        except DependencyError as err:
            return refused(ErrorKind.TRANSCRIBER_ERROR, err.message)
        self._account.begin(now=now)
        return server

    def _admits(self, request: ServerRequest, *, now: float) -> bool:
        token = request.first("token")
        if token is not None and not self._tokens.is_open:
            return self._tokens.spend(token, now=now)
        return self._tokens.knows(request.headers.get("xi-api-key", ""))

    def _mint(self, request: ServerRequest, now: float) -> HttpAnswer:
        """Issue a token for one session."""
        if not self._tokens.knows(request.headers.get("xi-api-key", "")):
            return _refusal(401, "invalid_api_key", "Invalid API key")
        kind = request.path_parameters.get("token_type", "")
        if kind not in _TOKEN_TYPES:
            return _refusal(
                422, "invalid_token_type", f"must be {' or '.join(_TOKEN_TYPES)}, got {shown(kind)}"
            )
        if kind != _TOKEN_TYPES[0]:
            return _refusal(400, "unsupported", f"this server supports only {_TOKEN_TYPES[0]}")
        token = self._tokens.mint(lifetime_s=self._behaviour.token_lifetime_s, now=now)
        return json_answer(200, {"token": token})

    def _transcribe(self, request: ServerRequest, now: float) -> HttpAnswer:
        """Refuse to transcribe an audio file, because the local server does not implement this."""
        if not self._admits(request, now=now):
            return self.refusal(401, _NOT_AUTHENTICATED)
        return self.refusal(404, f"this server transcribes only live audio, at {PATH}")


def _read(request: ServerRequest, behaviour: ElevenLabsBehaviour) -> SessionQuery:
    """Read the parameters of a session.

    Raises:
        ValueError: A parameter is invalid or not supported by this server.
    """
    query = read_query(request, audio_formats=tuple(AUDIO_FORMATS))
    model = query.settings.model
    if model not in MODELS:
        known = ", ".join(f"'{each}'" for each in MODELS)
        raise ValueError(f"The model_id '{model}' is invalid. Supported models: {known}.")
    if query.settings.transcript_edit and not behaviour.edits:
        raise ValueError("transcript_edit: this server has no language model")
    return query


def _refusal(status: int, code: str, message: str) -> HttpAnswer:
    """Return an error in the form of the service's REST errors."""
    return json_answer(status, {"detail": {"status": code, "message": message}})
