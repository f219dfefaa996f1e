"""The emulator of Reson8 for the local server."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from ...errors import DependencyError, alternatives
from ..account import Account
from ..contract import HttpAnswer
from ..emulator import RequestHandler, UpgradeHandler, UploadHandler, code_of
from ..server_request import ServerRequest
from ..serving import ServerProtocol, UploadProtocol
from ..tokens import Tokens
from .access import Access, unauthorized
from .behaviour import Reson8Behaviour
from .custom_models import MODELS_PATH, CustomModels
from .query import patterns_problem, read_query
from .recording import Reson8Recording
from .refusal import refusal
from .server import Reson8Server
from .session import SessionSetup
from .settings import PATH, PROVIDER
from .turns import TurnProbabilities, TurnServer

__all__ = ["Reson8Emulator"]

_TOKEN_PATH: Final = "/v1/auth/token"  # noqa: S105 - a path
_TURNS_PATH: Final = "/v1/speech-to-text/turns"
_RECORDING_PATH: Final = "/v1/speech-to-text/prerecorded"
"""This path and the two above are from the service's documentation."""

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
        self._access = Access(Tokens(tokens), lifetime_s=behaviour.token_lifetime_s)
        self._language = language
        self._behaviour = behaviour
        self._account = Account()
        self.websockets: Mapping[str, UpgradeHandler] = {
            PATH: self.accept,
            _TURNS_PATH: self.accept_turns,
        }
        self.uploads: Mapping[str, UploadHandler] = {_RECORDING_PATH: self.accept_recording}
        models = CustomModels(behaviour.models)
        self.requests: Mapping[tuple[str, str], RequestHandler] = {
            ("POST", _TOKEN_PATH): self._access.mint,
            ("GET", MODELS_PATH): self._guarded(models.models),
            ("GET", f"{MODELS_PATH}/{{id}}"): self._guarded(models.model),
            ("GET", f"{MODELS_PATH}/{{id}}/phrases"): self._guarded(models.phrases),
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
        access = self._access
        if not (access.admits(request, now=now) or access.admits_protocol(request, now=now)):
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
        if not self._access.admits(request, now=now):
            return unauthorized()
        if (limited := self._over_limit()) is not None:
            return limited
        return self._begin(request, now=now, begin=_new_recording)

    def _accept(
        self, request: ServerRequest, *, now: float, begin: "_Begin[ServerProtocol]"
    ) -> ServerProtocol | HttpAnswer:
        access = self._access
        # A browser fails the handshake unless the server selects an offered protocol. The token,
        # which a browser also offers as a protocol, must not be sent back.
        subprotocol = "bearer" if access.offers_token(request) else None
        admits = access.admits_protocol if subprotocol else access.admits
        if not admits(request, now=now):
            return unauthorized()
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
                text = f"custom_model_id: no model with this id{alternatives(model, models)}"
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

    def _guarded(self, answer: Callable[[ServerRequest], HttpAnswer]) -> RequestHandler:
        """Return a handler that refuses requests without valid credentials."""

        def respond(request: ServerRequest, now: float) -> HttpAnswer:
            if not self._access.admits(request, now=now):
                return unauthorized()
            return answer(request)

        return respond


def _new_session(_request: ServerRequest, setup: SessionSetup) -> Reson8Server:
    return Reson8Server(setup)


def _new_turns(request: ServerRequest, setup: SessionSetup) -> TurnServer:
    return TurnServer(setup, probabilities=TurnProbabilities(request))


def _new_recording(_request: ServerRequest, setup: SessionSetup) -> Reson8Recording:
    if setup.query.diarize:
        raise ValueError("diarize: this server cannot tell the speakers of a recording apart")
    return Reson8Recording(replace(setup, query=replace(setup.query, include_interim=False)))
