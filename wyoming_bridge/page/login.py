"""The page's login: a proof that the browser knows the access token, and a cookie."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from ..access import Access, Hello, Proof, SocketAddress, Verdict, host_of, read_request
from ..errors import RequestError
from ..server.shared_access import SharedAccess
from .answers import fields_in_body, json_answer, refused
from .sessions import SESSION_S, Handshakes, Sessions

__all__ = ["Login"]

_COOKIE: Final = "wyoming_bridge_page"


class Login:
    """Lets browsers log in and out."""

    def __init__(self, access: Access) -> None:
        self._shared = SharedAccess(access)
        self._handshakes = Handshakes(access.token or "")
        self._sessions = Sessions()

    def routes(self) -> list[web.RouteDef]:
        """Return the paths and their handlers."""
        return [
            web.post("/login/challenge", self._challenge),
            web.post("/login", self._log_in),
            web.post("/logout", self._log_out),
        ]

    def is_logged_in(self, request: web.Request) -> bool:
        """Return whether a request has the cookie of a valid login."""
        session_id = request.cookies.get(_COOKIE, "")
        return self._sessions.knows(session_id, now=asyncio.get_running_loop().time())

    async def _challenge(self, request: web.Request) -> web.Response:
        hello = read_request((await fields_in_body(request)).values)
        if not isinstance(hello, Hello):
            raise RequestError("nonce: must be set for a challenge")
        challenge = self._handshakes.challenge(
            hello,
            reached_at=_reached_at(request),
            peer=request.remote or "",
            now=asyncio.get_running_loop().time(),
        )
        return json_answer(challenge)

    async def _log_in(self, request: web.Request) -> web.Response:
        fields = await fields_in_body(request)
        proof = read_request(fields.values)
        if not isinstance(proof, Proof):
            raise RequestError("proof: must be set for a login")
        handshake_id = fields.text("id")
        loop = asyncio.get_running_loop()
        prover = _Prover(
            host_of(request.remote or ""),
            shared=self._shared,
            is_right=lambda: self._handshakes.is_right(proof, handshake_id, now=loop.time()),
        )
        if not await prover.check():
            self._shared.log.refused(prover.peer, Verdict.WRONG, now=loop.time())
            return refused(403, Verdict.WRONG.error.message)
        answer = web.Response(status=204)
        answer.set_cookie(
            _COOKIE,
            self._sessions.begin(now=loop.time()),
            max_age=SESSION_S,
            httponly=True,
            samesite="Strict",
            secure=request.headers.get("Origin", "").startswith("https:"),
        )
        return answer

    async def _log_out(self, request: web.Request) -> web.Response:
        self._sessions.end(request.cookies.get(_COOKIE, ""))
        answer = web.Response(status=204)
        answer.del_cookie(_COOKIE)
        return answer


class _Prover:
    """A browser whose proof may have to wait for its turn."""

    def __init__(self, peer: str, *, shared: SharedAccess, is_right: Callable[[], bool]) -> None:
        self._peer = peer
        self._shared = shared
        self._is_right = is_right
        self._outcome: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @property
    def peer(self) -> str:
        return self._peer

    def resume(self) -> None:
        """Check the proof if its turn has come. A wrong proof delays the next ones."""
        if self._shared.accepts(self):
            is_right = self._is_right()
            self._shared.note(self, is_right=is_right)
            self._outcome.set_result(is_right)

    async def check(self) -> bool:
        """Wait for the turn of the proof, and return whether it is right.

        The wait ends at some time, because only a limited number of connections can be in front.
        """
        self.resume()
        try:
            return await self._outcome
        finally:
            self._shared.leave(self)


def _reached_at(request: web.Request) -> SocketAddress:
    host, port = request.transport.get_extra_info("sockname")[:2] if request.transport else ("", 0)
    return SocketAddress(host_of(host), port)
