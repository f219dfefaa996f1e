"""Access to the page, over real sockets."""

import asyncio
import logging
from pathlib import Path

import aiohttp
import pytest

from pages import TOKEN, Browser, browsing_page, page_config
from patience import PATIENCE_S
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Access
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.page.answers import HEADERS, MAX_BODY_BYTES
from wyoming_bridge.page.live import MAX_VIEWERS
from wyoming_bridge.page.settings import PageSettings

# Loopback is not trusted, so the tests need a login, like a browser on another machine.
LOCKED = Access(token=TOKEN, trust_loopback=False)

PATHS = [
    ("GET", ""),
    ("GET", "captions"),
    ("GET", "live"),
    ("GET", "microphone"),
    ("GET", "recordings"),
    ("GET", "recordings/1f2e"),
    ("GET", "recordings/1f2e/audio"),
    ("GET", "recordings/1f2e/export"),
    ("POST", "recordings/1f2e/truth"),
    ("POST", "recordings/1f2e/replay"),
    ("DELETE", "recordings/1f2e"),
    ("DELETE", "recordings"),
    ("GET", "no/such/path"),
]
OPEN = [("GET", "static/login.js"), ("POST", "login/challenge"), ("POST", "login")]


@pytest.mark.parametrize(("method", "path"), [*PATHS, *OPEN, ("GET", "static/none.js")])
async def test_every_answer_has_the_headers_that_protect_the_page(
    method: str, path: str, tmp_path: Path
) -> None:
    for access in (Access(), LOCKED):
        async with (
            browsing_page(page_config(tmp_path, access=access)) as (browser, _),
            browser.http.request(method, browser.url + path) as answer,
        ):
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS
            assert answer.headers["Server"] == "wyoming-bridge"


@pytest.mark.parametrize("foreign", ["http://page.example", "null", "http://127.0.0.1:1"])
@pytest.mark.parametrize(("method", "path"), [*PATHS, *OPEN])
async def test_another_page_is_refused_on_every_path(
    method: str, path: str, foreign: str, tmp_path: Path
) -> None:
    async with browsing_page(page_config(tmp_path, records=True)) as (browser, _):
        for headers in ({"Origin": foreign}, {"Host": "rebound.example"}):
            status, answer = await browser.ask(method, path, headers=headers)
            assert status == 403
            assert isinstance(answer, dict)
            assert answer["error"].startswith(("Origin: must be", "Host: must be"))


@pytest.mark.parametrize(("method", "path"), [each for each in PATHS if each[0] != "GET"])
async def test_nothing_is_changed_without_an_origin(method: str, path: str, tmp_path: Path) -> None:
    async with (
        browsing_page(page_config(tmp_path, records=True)) as (browser, _),
        browser.http.request(method, browser.url + path) as answer,
    ):
        assert answer.status == 403
        assert "it is missing" in (await answer.json())["error"]


async def test_a_websocket_needs_the_origin_of_the_page(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path)) as (browser, _):
        for path in ("live", "microphone"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await browser.http.ws_connect(browser.url + path)
            assert refused.value.status == 403


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_everything_needs_a_login(method: str, path: str, tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED, records=True)) as (browser, _):
        status, answer = await browser.ask(method, path)
        if path in {"", "captions"}:
            assert b"Access token of the bridge" in answer
        else:
            assert (status, answer) == (401, {"error": "log in first"})


async def test_a_login_gives_a_cookie_that_scripts_and_other_sites_do_not_get(
    tmp_path: Path,
) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        assert (await browser.log_in(TOKEN))[0] == 204

        (cookie,) = browser.http.cookie_jar
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        assert TOKEN not in str(cookie)
        assert (await browser.ask("GET", "recordings"))[0] == 200
        async with browser.socket("live") as live:
            assert (await live.receive_json())["is_logged_in"] is True


async def test_a_logout_ends_the_session_also_for_a_copy_of_the_cookie(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        await browser.log_in(TOKEN)
        (cookie,) = browser.http.cookie_jar
        assert (await browser.ask("POST", "logout"))[0] == 204

        browser.http.cookie_jar.update_cookies({cookie.key: cookie.value})
        assert (await browser.ask("GET", "recordings"))[0] == 401


async def test_a_wrong_token_is_refused_and_logged_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        assert await browser.log_in("the-wrong-token") == (
            403,
            {"error": "the access token is wrong"},
        )
        assert (await browser.ask("GET", "recordings"))[0] == 401
    assert "refused a client at 127.0.0.1" in caplog.text
    assert "the-wrong-token" not in caplog.text
    assert TOKEN not in caplog.text


async def test_wrong_proofs_take_turns_and_do_not_lock_out_the_right_one(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        async with asyncio.timeout(PATIENCE_S):
            *wrong, right = await asyncio.gather(
                *(browser.log_in(f"wrong-{number}") for number in range(8)),
                browser.log_in(TOKEN),
            )

        assert {status for status, _ in wrong} == {403}
        assert right[0] == 204


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("login/challenge", [], "not a JSON object"),
        ("login/challenge", {}, "requires an access token"),
        ("login/challenge", {"version": 1, "nonce": "ab"}, "nonce of wyoming-bridge-access"),
        ("login/challenge", {"version": 1, "proof": "0" * 64}, "nonce: must be set"),
        ("login", {"version": 1, "nonce": "0" * 64}, "proof: must be set"),
        ("login", {"version": 1, "proof": "0" * 64}, "id must be a string"),
        ("login", {"version": 1, "proof": "0" * 64, "id": "x"}, "the access token is wrong"),
        ("login", {"version": 2, "proof": "0" * 64, "id": "x"}, "version of"),
        ("login", {"token": TOKEN}, "proof: must be set"),
    ],
)
async def test_a_login_of_another_form_is_refused(
    path: str, body: object, problem: str, tmp_path: Path
) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        status, answer = await browser.ask("POST", path, body=body)

        assert status in {400, 403}
        assert isinstance(answer, dict)
        assert problem in answer["error"]


async def test_a_page_in_the_network_without_a_token_does_not_start(tmp_path: Path) -> None:
    config = page_config(tmp_path, page=PageSettings(address="0.0.0.0:0"))

    with pytest.raises(ConfigError, match="set access_token"):
        BridgeApp(config)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("0.0.0.0:0", "http://127.0.0.1:"),
        ("*:0", "http://127.0.0.1:"),
        ("localhost:0", "http://localhost:"),
        ("127.0.0.2:0", "http://127.0.0.2:"),
    ],
)
async def test_the_page_is_announced_with_an_address_that_this_machine_can_open(
    address: str, url: str, tmp_path: Path
) -> None:
    config = page_config(tmp_path, page=PageSettings(address=address), access=Access(token=TOKEN))
    async with browsing_page(config) as (browser, _):
        assert browser.url.startswith(url)
        assert (await browser.ask("GET", "recordings"))[0] == 200  # this machine is trusted


async def test_ingress_refuses_a_browser_that_does_not_come_from_the_supervisor(
    tmp_path: Path,
) -> None:
    page = PageSettings(address="127.0.0.1:0", ingress=True)
    async with browsing_page(page_config(tmp_path, page=page)) as (browser, _):
        status, answer = await browser.ask("GET", "")

        assert status == 403
        assert "open only to Home Assistant's ingress" in str(answer)


@pytest.mark.parametrize(
    "path", ["static/../settings.py", "static/%2e%2e%2fsettings.py", "static/"]
)
async def test_no_other_file_is_served(path: str, tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path)) as (browser, _):
        assert (await browser.ask("GET", path))[0] == 404


@pytest.mark.parametrize(
    "target",
    ["/static/../recordings", "/static/%2e%2e/recordings", "//recordings", "/login/../live"],
)
async def test_no_spelling_of_a_path_gets_around_the_login(target: str, tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        host = browser.url.removeprefix("http://").rstrip("/")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

        status = (await reader.readline()).split()[1]
        writer.close()
        assert status in {b"401", b"404"}


async def test_a_body_that_is_too_long_is_refused(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        status, _answer = await browser.ask("POST", "login", body="x" * (MAX_BODY_BYTES + 1))

        assert status == 413


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\xff\xfe", {}),
        (b"{}", {"Content-Type": "text/plain; charset=none"}),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_without_a_traceback(
    body: bytes, headers: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        async with browser.http.post(
            f"{browser.url}login", data=body, headers={**browser.own, **headers}
        ) as answer:
            assert answer.status in {400, 403}
        assert (await browser.ask("GET", "static/app.js"))[0] == 200
    assert [each for each in caplog.records if each.exc_info] == []


async def test_a_compressed_body_is_refused(tmp_path: Path) -> None:
    async with (
        browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _),
        browser.http.post(
            f"{browser.url}login",
            data=b"packed",
            headers={**browser.own, "Content-Encoding": "zstd"},
        ) as answer,
    ):
        assert answer.status == 415
        assert "Content-Encoding" in (await answer.json())["error"]


async def test_logins_that_never_end_leave_places_for_others(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path, access=LOCKED)) as (browser, _):
        host = browser.url.removeprefix("http://").rstrip("/")
        head = f"POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        writers = []
        for _ in range(100):
            _, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]))
            writer.write(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
            await writer.drain()
            writers.append(writer)
        async with asyncio.timeout(PATIENCE_S):
            status, _ = await browser.log_in(TOKEN)
        for writer in writers:
            writer.close()

    assert status == 204


async def test_a_page_that_sends_an_unexpected_message_is_disconnected(
    tmp_path: Path,
) -> None:
    async with (
        browsing_page(page_config(tmp_path)) as (browser, _),
        browser.socket("live") as live,
    ):
        await live.receive()
        await live.send_str("hello")
        message = await live.receive(timeout=PATIENCE_S)

    assert message.type is aiohttp.WSMsgType.CLOSE


async def test_a_ping_is_answered(tmp_path: Path) -> None:
    async with (
        browsing_page(page_config(tmp_path)) as (browser, _),
        browser.http.ws_connect(f"{browser.url}live", headers=browser.own, autoping=False) as live,
    ):
        await live.receive()
        await live.pong()
        await live.ping(b"x")
        message = await live.receive(timeout=PATIENCE_S)

    assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"x")


async def test_too_many_pages_are_refused_until_one_is_closed(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path)) as (browser, _):
        pages = [await browser.socket("live") for _ in range(MAX_VIEWERS)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.socket("live")
        assert refused.value.status == 503

        await asyncio.gather(*(each.close() for each in pages))
        async with asyncio.timeout(PATIENCE_S):
            assert await opened(browser)


async def opened(browser: Browser) -> bool:
    """Open a websocket, and try again while the page refuses it. Return True."""
    while True:
        try:
            async with browser.socket("live"):
                return True
        except aiohttp.WSServerHandshakeError:
            continue
