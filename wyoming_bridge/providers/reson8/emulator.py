"""The emulator of Reson8 for the local server."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol, TypeVar
from urllib.parse import parse_qs

from ...errors import DependencyError
from ..account import Account
from ..contract import HttpAnswer
from ..emulator import RequestHandler, UpgradeHandler, UploadHandler, code_of, json_answer
from ..server_request import ServerRequest
from ..serving import ServerProtocol, UploadProtocol
from ..tokens import Tokens
from .behaviour import Reson8Behaviour
from .query import patterns_problem, read_query
from .recording import Reson8Recording
from .refusal import refusal
from .server import Reson8Server
from .session import SessionSetup
from .settings import PATH, PROVIDER
from .turns import TurnProbabilities, TurnServer

__all__ = ["Reson8Emulator"]

_TOKEN_PATH: Final = "/v1/auth/token"  # noqa: S105 - a path
_MODELS_PATH: Final = "/v1/custom-model"
_TURNS_PATH: Final = "/v1/speech-to-text/turns"
_RECORDING_PATH: Final = "/v1/speech-to-text/prerecorded"
"""This path and the three above are from the service's documentation."""

_UNAUTHORIZED: Final = "Invalid or expired credentials"
_PAGE_SIZE: Final = 100


SessionT_co = TypeVar("SessionT_co", covariant=True)


class _Begin(Protocol[SessionT_co]):
    """Creates a session.

    Raises:
        ValueError: A parameter is invalid; the message names it and what is allowed.
        DependencyError: The library that detects speech is not installed.
    """

    def __call__(self, request: ServerRequest, setup: SessionSetup, /) -> SessionT_co: ...


class Reson8Emulator:
    """The emulated service.

    Some paths belong to ElevenLabs too. A request to such a path reaches this class only if the
    emulator of ElevenLabs does not recognise the request.
    """

    name = PROVIDER

    def __init__(
        self, *, tokens: frozenset[str], language: str, behaviour: Reson8Behaviour
    ) -> None:
        self._tokens = Tokens(tokens)
        self._language = language
        self._behaviour = behaviour
        self._account = Account()
        self.websockets: Mapping[str, UpgradeHandler] = {
            PATH: self.accept,
            _TURNS_PATH: self.accept_turns,
        }
        self.uploads: Mapping[str, UploadHandler] = {_RECORDING_PATH: self.accept_recording}
        self.requests: Mapping[tuple[str, str], RequestHandler] = {
            ("POST", _TOKEN_PATH): self._mint,
            ("GET", _MODELS_PATH): self._guarded(self._models),
            ("GET", f"{_MODELS_PATH}/{{id}}"): self._guarded(self._model),
            ("GET", f"{_MODELS_PATH}/{{id}}/phrases"): self._guarded(self._phrases),
        }

    def refusal(self, status: int, text: str) -> HttpAnswer:
        """Return an HTTP error in the service's own form."""
        return refusal(status, code_of(status).upper(), text)

    def recognises(self, request: ServerRequest) -> bool:
        """Return True: only what the emulator of ElevenLabs does not recognise comes here."""
        return True

    def preparation(self, request: ServerRequest, now: float) -> Callable[[], ServerRequest] | None:
        """Return a function that checks the patterns. The check is slow, because it compiles them.

        Return None if the request has no patterns or no valid credentials.
        """
        if "patterns" not in request.query:
            return None
        if not (self._admits(request, now=now) or self._admits_protocol(request, now=now)):
            return None
        return lambda: replace(request, problem=patterns_problem(request))

    def accept(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        """Answer a websocket upgrade. As in the service, a refusal has its reason in a header."""
        return self._accept(request, now=now, begin=_new_session)

    def accept_turns(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        """Answer the websocket upgrade for a session with turns."""
        return self._accept(request, now=now, begin=_new_turns)

    def accept_recording(self, request: ServerRequest, now: float) -> UploadProtocol | HttpAnswer:
        """Answer the head of a request that transcribes prerecorded audio."""
        if not self._admits(request, now=now):
            return refusal(401, "UNAUTHORIZED", _UNAUTHORIZED)
        if (limited := self._over_limit()) is not None:
            return limited
        return self._begin(request, now=now, begin=_new_recording)

    def _accept(
        self, request: ServerRequest, *, now: float, begin: "_Begin[ServerProtocol]"
    ) -> ServerProtocol | HttpAnswer:
        # A browser fails the handshake unless the server selects an offered protocol. The token,
        # which a browser also offers as a protocol, must not be sent back.
        subprotocol = "bearer" if _offered_protocols(request)[0] == "bearer" else None
        admits = self._admits_protocol if subprotocol else self._admits
        if not admits(request, now=now):
            return refusal(401, "UNAUTHORIZED", _UNAUTHORIZED)
        if (limited := self._over_limit()) is not None:
            return limited
        return self._begin(request, now=now, begin=begin, subprotocol=subprotocol)

    def _over_limit(self) -> HttpAnswer | None:
        behaviour, account = self._behaviour, self._account
        if behaviour.quota_s and account.audio_s >= behaviour.quota_s:
            return refusal(402, "PAYMENT_REQUIRED", "The credit limit is reached")
        if behaviour.max_sessions and account.sessions >= behaviour.max_sessions:
            text = f"At most {behaviour.max_sessions} sessions at once are allowed"
            return refusal(429, "TOO_MANY_REQUESTS", text)
        return None

    def _begin(
        self,
        request: ServerRequest,
        *,
        now: float,
        begin: "_Begin[SessionT_co]",
        subprotocol: str | None = None,
    ) -> SessionT_co | HttpAnswer:
        models = self._behaviour.models
        try:
            query = read_query(request)
            model = query.custom_model_id
            if model is not None and model not in models:
                known = ", ".join(models) or "none"
                text = f"custom_model_id: no model with this id; available: {known}"
                return refusal(404, "NOT_FOUND", text)
            terms = (*(models[model] if model else ()), *query.phrases)
            setup = SessionSetup(
                query=query,
                subprotocol=subprotocol,
                language=self._language,
                bias_terms=terms,
                behaviour=self._behaviour,
                account=self._account,
            )
            session = begin(request, setup)
        except ValueError as err:
            return refusal(400, "INVALID_REQUEST", str(err))
        except DependencyError as err:
            return refusal(500, "INTERNAL_ERROR", err.message)
        self._account.begin(now=now)
        return session

    def _admits(self, request: ServerRequest, *, now: float) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "apikey":
                return self._tokens.knows(token.strip())
            case "bearer":
                return self._admits_bearer(token.strip(), now=now)
            case _:
                return self._tokens.is_open

    def _admits_protocol(self, request: ServerRequest, *, now: float) -> bool:
        """Return whether a client offers a valid token as the subprotocol after ``bearer``."""
        bearer, token, *_ = (*_offered_protocols(request), "")
        return bearer == "bearer" and self._admits_bearer(token, now=now)

    def _admits_bearer(self, token: str, *, now: float) -> bool:
        """Return whether this is a valid access token, or a configured token.

        A bridge with ``auth: access_token`` sends its configured token in this way.
        """
        return self._tokens.minted(token, now=now) or self._tokens.knows(token)

    def _mint(self, request: ServerRequest, now: float) -> HttpAnswer:
        """Issue an access token for a key in a header, or for a client secret in a form."""
        form = parse_qs(request.body)
        by_form = form.get("grant_type") == ["client_credentials"]
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        secret = form.get("client_secret", [""])[0] if by_form else key.strip()
        if not by_form and scheme.lower() != "apikey" and not self._tokens.is_open:
            return refusal(401, "UNAUTHORIZED", _UNAUTHORIZED)
        if not self._tokens.knows(secret):
            return refusal(401, "UNAUTHORIZED", _UNAUTHORIZED)
        lifetime_s = self._behaviour.token_lifetime_s
        return json_answer(
            200,
            {
                "access_token": self._tokens.mint(lifetime_s=lifetime_s, now=now),
                "token_type": "Bearer",
                "expires_in": round(lifetime_s),
            },
        )

    def _guarded(self, answer: Callable[[ServerRequest], HttpAnswer]) -> RequestHandler:
        """Return a handler that refuses requests without valid credentials."""

        def respond(request: ServerRequest, now: float) -> HttpAnswer:
            if not self._admits(request, now=now):
                return refusal(401, "UNAUTHORIZED", _UNAUTHORIZED)
            return answer(request)

        return respond

    def _models(self, _request: ServerRequest) -> HttpAnswer:
        return json_answer(200, [_described(name, p) for name, p in self._behaviour.models.items()])

    def _model(self, request: ServerRequest) -> HttpAnswer:
        name = request.path_parameters["id"]
        phrases = self._behaviour.models.get(name)
        if phrases is None:
            return refusal(404, "NOT_FOUND", "no model with this id")
        return json_answer(200, _described(name, phrases))

    def _phrases(self, request: ServerRequest) -> HttpAnswer:
        phrases = self._behaviour.models.get(request.path_parameters["id"])
        if phrases is None:
            return refusal(404, "NOT_FOUND", "no model with this id")
        try:
            page = request.whole("page", 0, minimum=0, maximum=1_000_000)
            size = request.whole("size", _PAGE_SIZE, minimum=1, maximum=10_000)
        except ValueError as err:
            return refusal(400, "INVALID_REQUEST", str(err))
        shown = phrases[page * size : (page + 1) * size]
        return json_answer(
            200,
            {
                "phrases": [{"value": phrase} for phrase in shown],
                "page": page,
                "size": size,
                "total": len(phrases),
            },
        )


def _offered_protocols(request: ServerRequest) -> list[str]:
    """Return the websocket subprotocols that a client offers; ``[""]`` if it offers none."""
    return [each.strip() for each in request.headers.get("sec-websocket-protocol", "").split(",")]


def _new_session(_request: ServerRequest, setup: SessionSetup) -> Reson8Server:
    return Reson8Server(setup)


def _new_turns(request: ServerRequest, setup: SessionSetup) -> TurnServer:
    return TurnServer(setup, probabilities=TurnProbabilities(request))


def _new_recording(_request: ServerRequest, setup: SessionSetup) -> Reson8Recording:
    if setup.query.diarize:
        raise ValueError("diarize: this server cannot tell the speakers of a recording apart")
    return Reson8Recording(replace(setup, query=replace(setup.query, include_interim=False)))


def _described(name: str, phrases: tuple[str, ...]) -> dict[str, object]:
    return {"id": name, "name": name, "description": "", "phraseCount": len(phrases)}
