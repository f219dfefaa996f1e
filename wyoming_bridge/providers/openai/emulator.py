"""The emulators of OpenAI and vLLM for the local server."""

from collections.abc import Callable, Mapping
from typing import Final

from ...errors import DependencyError, ProtocolViolationError
from ...json_fields import JsonFields
from ...json_text import MAX_CLIENT_DEPTH
from ...options import shown
from ..account import Account
from ..contract import HttpAnswer
from ..emulator import RequestHandler, UpgradeHandler, UploadHandler, code_of, json_answer
from ..server_request import ServerRequest
from ..serving import ServerProtocol, UploadProtocol
from ..tokens import MAX_MINTED, Tokens
from .behaviour import OpenAIBehaviour
from .credentials import REALTIME, SECRET
from .protocol import PATH, PROVIDER, DialectName, pcm
from .server import OpenAIServer, OpenAIUpload, SessionSetup, VllmServer
from .server.config import SessionConfig, described, read_config
from .server.rest_error import rest_error
from .service import DEFAULT_MODEL, KEYWORD_MODELS, RETIRED_MODELS

__all__ = ["OpenAIEmulator", "VllmEmulator"]

_SECRETS_PATH: Final = "/v1/realtime/client_secrets"
_MODELS_PATH: Final = "/v1/models"
_BATCH_PATH: Final = "/v1/audio/transcriptions"

_MODELS: Final = (DEFAULT_MODEL, *sorted({*KEYWORD_MODELS, *RETIRED_MODELS} - {DEFAULT_MODEL}))
"""The models that a client may request. The engine is the same for all of them."""

_BAD_KEY: Final = "Incorrect API key provided."

_MIN_LIFETIME_S: Final = 10
_MAX_LIFETIME_S: Final = 7200
"""The range of a client secret's lifetime, from OpenAI's types."""


class _Emulator:
    """What both emulators have in common: the keys, the limits and the format of errors."""

    name: str

    def __init__(
        self, *, tokens: frozenset[str], language: str, behaviour: OpenAIBehaviour
    ) -> None:
        self._tokens = Tokens(tokens)
        self._language = language
        self._behaviour = behaviour
        self._account = Account()
        self.websockets: Mapping[str, UpgradeHandler] = {PATH: self.accept}
        self.uploads: Mapping[str, UploadHandler] = {}
        self.requests: Mapping[tuple[str, str], RequestHandler] = {}

    def refusal(self, status: int, text: str) -> HttpAnswer:
        """Return an HTTP error in the format of OpenAI's REST errors."""
        return rest_error(status, code_of(status), text)

    def recognises(self, request: ServerRequest) -> bool:
        """Return whether a request is for this service, if several services have its path."""
        raise NotImplementedError

    def preparation(self, request: ServerRequest, now: float) -> Callable[[], ServerRequest] | None:
        """Return None, because no part of reading a request is slow."""
        return None

    def accept(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        """Answer an upgrade."""
        if (refused := self._refused(request, now=now)) is not None:
            return refused
        offered = _offered_protocols(request)
        setup = self._setup(request, subprotocol=REALTIME if REALTIME in offered else None)
        try:
            session = self._session(request, setup)
        except ProtocolViolationError as err:  # a library that the configuration needs is missing
            return self.refusal(500, err.message)
        self._account.begin(now=now)
        return session

    def _session(self, request: ServerRequest, setup: SessionSetup) -> ServerProtocol:
        """Return a new session."""
        raise NotImplementedError

    def _setup(self, request: ServerRequest, *, subprotocol: str | None = None) -> SessionSetup:
        return SessionSetup(
            language=self._language,
            behaviour=self._behaviour,
            account=self._account,
            unix_time_s=request.unix_time_s,
            subprotocol=subprotocol,
        )

    def _refused(self, request: ServerRequest, *, now: float) -> HttpAnswer | None:
        """Return a refusal if the request has no valid key or exceeds a limit; otherwise None."""
        if not self._admits(request, now=now):
            return rest_error(401, "invalid_api_key", _BAD_KEY)
        return self._over_limit()

    def _admits(self, request: ServerRequest, *, now: float) -> bool:
        """Return whether the request has a valid key or client secret, or does not need one."""
        if self._tokens.is_open:
            return True
        keys = _keys_of(request)
        return any(self._tokens.knows(k) or self._tokens.minted(k, now=now) for k in keys)

    def _over_limit(self) -> HttpAnswer | None:
        behaviour, account = self._behaviour, self._account
        if behaviour.quota_s and account.audio_s >= behaviour.quota_s:
            return rest_error(429, "insufficient_quota", "You exceeded your current quota.")
        if behaviour.max_sessions and account.sessions >= behaviour.max_sessions:
            text = f"At most {behaviour.max_sessions} sessions at once are allowed."
            return rest_error(429, "rate_limit_exceeded", text)
        return None


class OpenAIEmulator(_Emulator):
    """OpenAI: the realtime protocol, client secrets, models, and transcription of audio files."""

    name = PROVIDER

    def __init__(
        self, *, tokens: frozenset[str], language: str, behaviour: OpenAIBehaviour
    ) -> None:
        super().__init__(tokens=tokens, language=language, behaviour=behaviour)
        self._configs: dict[str, SessionConfig] = {}  # by client secret, the oldest first
        self.uploads = {_BATCH_PATH: self._transcribe}
        self.requests = {
            ("POST", _SECRETS_PATH): self._mint,
            ("GET", _MODELS_PATH): self._models,
            ("GET", f"{_MODELS_PATH}/{{model}}"): self._model,
        }

    def recognises(self, request: ServerRequest) -> bool:
        """Return whether the query or the subprotocol is OpenAI's. vLLM's clients send neither."""
        if REALTIME in _offered_protocols(request):
            return True
        return bool({"intent", "model"} & set(request.query))

    def _session(self, request: ServerRequest, setup: SessionSetup) -> ServerProtocol:
        """Return a session, with the configuration of its client secret."""
        configs = (self._configs.get(key) for key in _keys_of(request))
        return OpenAIServer(setup, next(filter(None, configs), None))

    def _transcribe(self, request: ServerRequest, now: float) -> UploadProtocol | HttpAnswer:
        """Answer the head of a request to transcribe an audio file."""
        if (refused := self._refused(request, now=now)) is not None:
            return refused
        try:
            upload = OpenAIUpload(self._setup(request))
        except DependencyError as err:  # the library that detects speech is missing
            return self.refusal(500, err.message)
        self._account.begin(now=now)
        return upload

    def _mint(self, request: ServerRequest, now: float) -> HttpAnswer:
        """Issue a client secret. It is valid for several sessions."""
        if not self._admits(request, now=now):
            return rest_error(401, "invalid_api_key", _BAD_KEY)
        try:
            config, lifetime_s = self._read_secret(request)
        except ProtocolViolationError as err:
            return rest_error(400, "invalid_value", err.message)
        secret = self._tokens.mint(lifetime_s=lifetime_s, now=now, prefix="ek_")
        self._configs[secret] = config
        while len(self._configs) > MAX_MINTED:
            del self._configs[next(iter(self._configs))]
        return json_answer(
            200,
            {
                "value": secret,
                "expires_at": round(request.unix_time_s + lifetime_s),
                "session": described(config, session_id="sess_of_a_client_secret"),
            },
        )

    def _read_secret(self, request: ServerRequest) -> tuple[SessionConfig, float]:
        """Return the configuration of a client secret and its lifetime in seconds.

        Raises:
            ProtocolViolationError: A field is invalid.
        """
        body = request.body or "{}"
        fields = JsonFields.parse(body, provider=PROVIDER, max_depth=MAX_CLIENT_DEPTH)
        pcm_format = pcm(self._behaviour.rate_hz)
        config = SessionConfig(audio_format=pcm_format)
        if "session" in fields:
            config = read_config(fields.mapping("session"), before=config, pcm=pcm_format)
        lifetime_s = fields.inner("expires_after").optional_number("seconds")
        if lifetime_s is None:
            return config, self._behaviour.token_lifetime_s
        if not _MIN_LIFETIME_S <= lifetime_s <= _MAX_LIFETIME_S:
            allowed = f"{_MIN_LIFETIME_S} to {_MAX_LIFETIME_S}"
            raise ProtocolViolationError(
                f"expires_after.seconds: must be {allowed}, got {shown(lifetime_s)}"
            )
        return config, lifetime_s

    def _models(self, request: ServerRequest, now: float) -> HttpAnswer:
        """List the models. The same engine transcribes for each of them."""
        if not self._admits(request, now=now):
            return rest_error(401, "invalid_api_key", _BAD_KEY)
        return json_answer(200, {"object": "list", "data": [_described(m) for m in _MODELS]})

    def _model(self, request: ServerRequest, now: float) -> HttpAnswer:
        if not self._admits(request, now=now):
            return rest_error(401, "invalid_api_key", _BAD_KEY)
        model = request.path_parameters["model"]
        if model not in _MODELS:
            text = f"model: must be {' or '.join(_MODELS)}, got {shown(model)}"
            return rest_error(404, "model_not_found", text)
        return json_answer(200, _described(model))


class VllmEmulator(_Emulator):
    """vLLM's realtime protocol.

    OpenAI has the same path. This emulator gets the requests that are not recognised as OpenAI's.
    """

    name = DialectName.VLLM.value

    def recognises(self, request: ServerRequest) -> bool:
        """Return False. This emulator is used if no other emulator recognises the request."""
        return False

    def _session(self, request: ServerRequest, setup: SessionSetup) -> ServerProtocol:
        return VllmServer(setup)


def _offered_protocols(request: ServerRequest) -> list[str]:
    """Return the websocket subprotocols that a client offers."""
    return [each.strip() for each in request.headers.get("sec-websocket-protocol", "").split(",")]


def _keys_of(request: ServerRequest) -> list[str]:
    """Return the credentials of a request, from its header and from its subprotocols."""
    offered = _offered_protocols(request)
    keys = [each.removeprefix(SECRET) for each in offered if each.startswith(SECRET)]
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return [*keys, key.strip()] if scheme.lower() == "bearer" else keys


def _described(model: str) -> dict[str, object]:
    return {"id": model, "object": "model", "created": 0, "owned_by": "wyoming-bridge"}
