"""Requests to the page, by clients without the token and by clients that know it."""

import itertools
import json
import re
from collections.abc import Callable
from typing import Final

from .campaign import BrokenError
from .scene import Scene
from .web import answer_to, request
from .wire import NONCE, STRANGER, proof_of

__all__ = ["CLOSE", "guess", "log_in", "many_addresses", "own_origin", "page_request"]

CLOSE: Final = "Connection: close"

_OK: Final = 200
_LOGGED_IN: Final = 204
_WRONG: Final = 403


def own_origin(scene: Scene) -> str:
    """Return the header with the origin of the page itself."""
    return f"Origin: http://127.0.0.1:{scene.bridge.page_port}"


def page_request(scene: Scene, method: str, target: str, *headers: str, body: bytes = b"") -> bytes:
    """Return a request with the origin of the page."""
    port = scene.bridge.page_port
    return request(method, target, own_origin(scene), *headers, body=body, port=port)


async def log_in(scene: Scene) -> str:
    """Log in with the right token, and return the header with the cookie.

    Raises:
        BrokenError: The login is refused.
    """
    status, answer = await _prove(scene, token=scene.token, source=STRANGER)
    cookie = re.search(rb"(?i)set-cookie: *([^;\r]+)", answer)
    if status != _LOGGED_IN or cookie is None:
        raise BrokenError(f"the right token is refused with {status}")
    return f"Cookie: {cookie[1].decode()}"


async def guess(scene: Scene, *, source: str) -> bool:
    """Send a wrong proof, and return whether the page checked it.

    Raises:
        BrokenError: The proof gives access.
    """
    status, _ = await _prove(scene, token="wrong", source=source)  # noqa: S106 - made up
    if status == _LOGGED_IN:
        raise BrokenError("a wrong token gives access")
    return status == _WRONG


def many_addresses() -> Callable[[], str]:
    """Return a function that returns the next of 60,000 loopback addresses at each call."""
    numbers = itertools.count(1)

    def source() -> str:
        number = next(numbers) % 60_000
        return f"127.7.{number // 250}.{number % 250 + 1}"

    return source


async def _prove(scene: Scene, *, token: str, source: str) -> tuple[int, bytes]:
    port = scene.bridge.page_port
    hello = json.dumps({"version": 1, "nonce": NONCE}).encode()
    sent = page_request(scene, "POST", "/login/challenge", CLOSE, body=hello)
    status, answer = await answer_to(port, sent, source=source)
    if status != _OK:
        return 0, answer
    challenge = json.loads(answer.partition(b"\r\n\r\n")[2])
    proof = proof_of(token, challenge["nonce"], purpose="page")
    body = json.dumps({"version": 1, "proof": proof, "id": challenge["id"]}).encode()
    sent = page_request(scene, "POST", "/login", CLOSE, body=body)
    return await answer_to(port, sent, source=source, within_s=15)
