"""Access to the emulated Reson8: API keys, access tokens, and where requests carry them."""

from urllib.parse import parse_qs

from ..contract import HttpAnswer
from ..emulator import json_answer
from ..server_request import ServerRequest
from ..tokens import Tokens
from .refusal import refusal

__all__ = ["Access", "unauthorized"]


def unauthorized() -> HttpAnswer:
    """Return the answer to a request without valid credentials."""
    return refusal(401, "UNAUTHORIZED", "Invalid or expired credentials")


class Access:
    """Checks the credentials of requests, and issues access tokens."""

    def __init__(self, tokens: Tokens, *, lifetime_s: float) -> None:
        """Start with the configured tokens. An issued one is valid for ``lifetime_s`` seconds."""
        self._tokens = tokens
        self._lifetime_s = lifetime_s

    def admits(self, request: ServerRequest, *, now: float) -> bool:
        """Return whether a request has valid credentials in its header ``Authorization``."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "apikey":
                return self._tokens.knows(token.strip())
            case "bearer":
                return self._admits_bearer(token.strip(), now=now)
            case _:
                return self._tokens.is_open

    def admits_protocol(self, request: ServerRequest, *, now: float) -> bool:
        """Return whether a client offers a valid token as the subprotocol after ``bearer``."""
        bearer, token, *_ = (*_offered_protocols(request), "")
        return bearer == "bearer" and self._admits_bearer(token, now=now)

    @staticmethod
    def offers_token(request: ServerRequest) -> bool:
        """Return whether a client offers a token as a subprotocol, as browsers do."""
        return _offered_protocols(request)[0] == "bearer"

    def mint(self, request: ServerRequest, now: float) -> HttpAnswer:
        """Issue an access token for a key in a header, or for a client secret in a form."""
        form = parse_qs(request.body)
        by_form = form.get("grant_type") == ["client_credentials"]
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        secret = form.get("client_secret", [""])[0] if by_form else key.strip()
        if not by_form and scheme.lower() != "apikey" and not self._tokens.is_open:
            return unauthorized()
        if not self._tokens.knows(secret):
            return unauthorized()
        return json_answer(
            200,
            {
                "access_token": self._tokens.mint(lifetime_s=self._lifetime_s, now=now),
                "token_type": "Bearer",
                "expires_in": round(self._lifetime_s),
            },
        )

    def _admits_bearer(self, token: str, *, now: float) -> bool:
        """Return whether this is a valid access token, or a configured token.

        A bridge with ``auth: access_token`` sends its configured token in this way.
        """
        return self._tokens.minted(token, now=now) or self._tokens.knows(token)


def _offered_protocols(request: ServerRequest) -> list[str]:
    """Return the websocket subprotocols that a client offers; ``[""]`` if it offers none."""
    return [each.strip() for each in request.headers.get("sec-websocket-protocol", "").split(",")]
