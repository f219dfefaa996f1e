"""Attacks on the page by devices that do not know the access token."""

import asyncio
import itertools
import json
from collections.abc import Callable

from .campaign import BrokenError, attack
from .floods import connect_and_leave, crowd, drip, pour, repeat, send_without_end
from .page_access import CLOSE, guess, many_addresses, page_request
from .scene import Scene, Stage
from .web import UPGRADE, answer_to, foreign_headers, request
from .wire import NONCE, STRANGER

__all__: list[str] = []

_REQUEST_S = 10.0
"""The longest time that the page waits for a request, and that a proof waits for its turn."""

_PATHS = [
    ("GET", "/"),
    ("GET", "/captions"),
    ("GET", "/live"),
    ("GET", "/microphone"),
    ("GET", "/static/app.js"),
    ("GET", "/recordings"),
    ("GET", "/recordings/x/audio"),
    ("POST", "/recordings/x/replay"),
    ("DELETE", "/recordings"),
    ("POST", "/login/challenge"),
    ("POST", "/login"),
    ("POST", "/logout"),
]

_SOCKETS = ("/live", "/microphone")


@attack(
    point=11,
    stage=Stage.PAGE,
    expected="each is refused with HTTP 403 or 400, and nothing is deleted",
)
async def page_foreign_requests(scene: Scene) -> None:
    """Web pages of other sites, and of a name that resolves to this machine, request each path."""
    port = scene.bridge.page_port
    foreign = [*foreign_headers(port), [f"Origin: http://localhost:{port}"]]
    for method, path in _PATHS:
        more = UPGRADE if path in _SOCKETS else (CLOSE,)
        for headers in foreign:
            sent = request(method, path, *headers, *more, body=b"{}", port=port)
            status, answer = await answer_to(port, sent)
            if status not in {403, 400}:
                raise BrokenError(f"{method} {path} with {headers} is answered with {status}")
            if b"set-cookie" in answer.lower():
                raise BrokenError(f"{method} {path} with {headers} gets a cookie")


@attack(
    point=11, stage=Stage.PAGE, expected="each is answered with HTTP 401 or the form of the login"
)
async def page_without_login(scene: Scene) -> None:
    """A device of the network asks for each path with no cookie, and with made-up cookies."""
    port = scene.bridge.page_port
    cookies = ["", "Cookie: wyoming_bridge_page=", f"Cookie: wyoming_bridge_page={'x' * 4000}"]
    spellings = [
        ("GET", "//recordings"),
        ("GET", "/static/../recordings"),
        ("GET", "/login/../live"),
    ]
    for cookie, (method, path) in itertools.product(cookies, [*_PATHS, *spellings]):
        more = UPGRADE if path in _SOCKETS else (CLOSE,)
        sent = page_request(scene, method, path, *filter(None, [cookie]), *more, body=b"{}")
        status, answer = await answer_to(port, sent)
        if status == 101 or b"bystander-" in answer or b"is_recording" in answer:
            raise BrokenError(f"{method} {path} is answered without a login")
        if status in {0, 500}:
            raise BrokenError(f"{method} {path} is answered with {status}")


@attack(
    point=11,
    stage=Stage.PAGE,
    expected="they end after 10 s, and others open the page",
    limit_s=45,
)
async def page_half_requests(scene: Scene) -> None:
    """400 programs send half a request each, and 40 of them go on with a byte per 100 ms."""
    half = request("GET", "/", port=scene.bridge.page_port)[:-2]
    await drip(half, port=scene.bridge.page_port, count=400, dripping=40, within_s=_REQUEST_S + 5)


@attack(
    point=11,
    stage=Stage.PAGE,
    expected="they end after 10 s, and others log in",
    limit_s=45,
)
async def page_slow_logins(scene: Scene) -> None:
    """200 programs begin the body of a login, and 100 of them go on with a byte per 100 ms."""
    begin = page_request(scene, "POST", "/login", "Content-Length: 60000") + b"{"
    await drip(begin, port=scene.bridge.page_port, count=200, dripping=100, within_s=_REQUEST_S + 5)


@attack(point=11, stage=Stage.PAGE, expected="others open the page")
async def page_silent_connections(scene: Scene) -> None:
    """600 programs connect and send nothing."""
    async with crowd(600, port=scene.bridge.page_port):
        await asyncio.sleep(scene.seconds)


@attack(point=11, stage=Stage.PAGE, expected="others open the page")
async def page_connect_and_leave(scene: Scene) -> None:
    """Programs connect and leave at once, as fast as they can."""
    await connect_and_leave(scene, port=scene.bridge.page_port)


@attack(point=11, stage=Stage.PAGE, expected="they are refused, in bounded memory")
async def page_endless_requests(scene: Scene) -> None:
    """Eight programs send requests with endless headers, endless bodies and deep JSON."""
    port = scene.bridge.page_port
    chunked = ("Transfer-Encoding: chunked",)
    sent = [
        (b"GET / HTTP/1.1\r\n", b"X: " + b"x" * 8000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 5000),
        (b"GET / HTTP/1.1\r\nX: ", b"x" * 32_000),
        (b"GET /", b"x" * 32_000),
        (page_request(scene, "POST", "/login", "Content-Length: 99999999999"), b"[" * 32_000),
        (page_request(scene, "POST", "/login", *chunked), b"7D00\r\n" + b"[" * 32_000 + b"\r\n"),
        (page_request(scene, "POST", "/login/challenge", *chunked), b"1\r\n[\r\n" * 3000),
        (page_request(scene, "GET", "/", *chunked), b"7D00\r\n" + b"x" * 32_000 + b"\r\n"),
    ]
    await send_without_end(scene, sent, port=port)


@attack(point=11, stage=Stage.PAGE, expected="others are served, and the log stays short")
async def page_wrong_requests(scene: Scene) -> None:
    """Four programs send unknown paths, wrong methods, forged logins and other bytes than HTTP."""
    block = b"".join(
        [
            page_request(scene, "GET", "/" + "x" * 500),
            page_request(scene, "DELETE", "/login"),
            page_request(scene, "POST", "/login", body=b"{" * 1000),
            page_request(scene, "POST", "/login", body=b'{"version": 1, "proof": "\\ud83d"}'),
            page_request(scene, "POST", "/login", body=b'"\xff\xfe"'),
            page_request(scene, "POST", "/login", "Content-Type: text/x; charset=no", body=b"{}"),
            page_request(scene, "POST", "/login", "Content-Encoding: gzip", body=b"no gzip"),
            page_request(scene, "GET", "/recordings/%00%ff%0a"),
            request("POST", "/logout", "Origin: \x1b[2J", port=scene.bridge.page_port),
        ]
    )
    await pour(scene, block * 10 + b"no HTTP\r\n\r\n", port=scene.bridge.page_port)


@attack(point=11, stage=Stage.PAGE, expected="others open the page, in bounded memory")
async def page_unread_answers(scene: Scene) -> None:
    """100 programs ask for the page's files without end, and read no answer."""
    block = page_request(scene, "GET", "/static/card.js") * 50
    await pour(scene, block, connections=100, reads=False, port=scene.bridge.page_port)


@attack(point=11, stage=Stage.PAGE, expected="others log in, and few proofs are checked")
async def page_guesses(scene: Scene) -> None:
    """Eight programs at one address send wrong proofs to the login as fast as they can."""
    tries = await _guess(scene, lambda: STRANGER)
    if tries > 20 * scene.seconds * 2:
        raise BrokenError(f"{tries} tokens were tried in {scene.seconds:g} s from one address")


@attack(point=11, stage=Stage.PAGE, expected="others log in, and few proofs are checked")
async def page_guesses_from_many_addresses(scene: Scene) -> None:
    """Eight programs send wrong proofs to the login, from 60,000 addresses in turn."""
    tries = await _guess(scene, many_addresses())
    if tries > 40 * scene.seconds * 2:
        raise BrokenError(f"{tries} tokens were tried in {scene.seconds:g} s from many addresses")


async def _guess(scene: Scene, source: Callable[[], str]) -> int:
    tries = 0

    async def once() -> None:
        nonlocal tries
        tries += await guess(scene, source=source())

    await repeat(scene, once, tasks=8)
    return tries


@attack(point=11, stage=Stage.PAGE, expected="the logins that others have begun stay valid")
async def page_challenges(scene: Scene) -> None:
    """Four programs begin logins as fast as the page answers, and end none."""
    hello = json.dumps({"version": 1, "nonce": NONCE}).encode()
    block = page_request(scene, "POST", "/login/challenge", body=hello) * 20
    await pour(scene, block, port=scene.bridge.page_port)
