"""The emulator of Reson8: HTTP requests for tokens and models."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from patience import PATIENCE_S
from reson8_callers import MODELS, PATH, flushed, http, opening, serving_reson8
from serving import KEY
from wyoming_bridge.providers.reson8.settings import wrong_pattern


class TestTokenRequest:
    async def test_a_key_gets_an_access_token_that_opens_a_session(self) -> None:
        async with serving_reson8() as server, http(server) as session:
            async with session.post(
                "/v1/auth/token", headers={"Authorization": f"ApiKey {KEY}"}
            ) as answer:
                assert answer.status == 200
                assert answer.content_type == "application/json"
                body = await answer.json()
            assert {**body, "access_token": "t"} == {
                "access_token": "t",
                "token_type": "Bearer",
                "expires_in": 600,
            }
            bearer = {"Authorization": f"Bearer {body['access_token']}"}
            async with opening(server, headers=bearer) as socket:
                assert socket.subprotocol is None
                assert await flushed(socket) == [{"type": "flush_confirmation", "id": "abc123"}]

    async def test_a_client_secret_in_a_form_gets_an_access_token(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": "c", "client_secret": KEY}
        async with (
            serving_reson8() as server,
            http(server) as session,
            session.post("/v1/auth/token", data=form) as answer,
        ):
            assert answer.status == 200
            assert (await answer.json())["token_type"] == "Bearer"

    @pytest.mark.parametrize(
        ("headers", "form"),
        [
            ({}, {}),
            ({"Authorization": "ApiKey wrong"}, {}),
            ({"Authorization": f"Bearer {KEY}"}, {}),
            ({}, {"grant_type": "client_credentials", "client_secret": "wrong"}),
            ({}, {"grant_type": "client_credentials"}),
            ({}, {"grant_type": "password", "client_secret": KEY}),
        ],
    )
    async def test_other_credentials_get_no_access_token(
        self, headers: dict[str, str], form: dict[str, str]
    ) -> None:
        async with (
            serving_reson8() as server,
            http(server) as session,
            session.post("/v1/auth/token", headers=headers, data=form) as answer,
        ):
            assert answer.status == 401
            assert (await answer.json())["code"] == "UNAUTHORIZED"


class TestModelRequests:
    async def test_models_and_their_phrases_can_be_read(self) -> None:
        headers = {"Authorization": f"ApiKey {KEY}"}
        kitchen = {"id": "kitchen", "name": "kitchen", "description": "", "phraseCount": 3}
        async with serving_reson8() as server, http(server) as session:
            said = []
            for path in (
                "/v1/custom-model",
                "/v1/custom-model/kitchen",
                "/v1/custom-model/kitchen/phrases",
                "/v1/custom-model/kitchen/phrases?page=1&size=2",
            ):
                async with session.get(path, headers=headers) as answer:
                    assert answer.status == 200
                    said.append(await answer.json())
        assert said == [
            [kitchen, {"id": "empty", "name": "empty", "description": "", "phraseCount": 0}],
            kitchen,
            {
                "phrases": [{"value": phrase} for phrase in MODELS["kitchen"]],
                "page": 0,
                "size": 100,
                "total": 3,
            },
            {"phrases": [{"value": "fan"}], "page": 1, "size": 2, "total": 3},
        ]

    @pytest.mark.parametrize(
        ("method", "path", "key", "status"),
        [
            ("GET", "/v1/custom-model", "wrong", 401),
            ("GET", "/v1/custom-model/kitchen", "wrong", 401),
            ("GET", "/v1/custom-model/kitchen/phrases", "wrong", 401),
            ("GET", "/v1/custom-model/garage", KEY, 404),
            ("GET", "/v1/custom-model/garage/phrases", KEY, 404),
            ("GET", "/v1/custom-model/kitchen/phrases?size=0", KEY, 400),
            ("GET", "/v1/custom-model/kitchen/phrases?page=-1", KEY, 400),
            ("POST", "/v1/custom-model", KEY, 405),
            ("DELETE", "/v1/custom-model/kitchen", KEY, 405),
        ],
    )
    async def test_an_impossible_request_is_refused(
        self, method: str, path: str, key: str, status: int
    ) -> None:
        async with (
            serving_reson8() as server,
            http(server) as session,
            session.request(method, path, headers={"Authorization": f"ApiKey {key}"}) as answer,
        ):
            assert answer.status == status


async def test_others_are_answered_while_a_pattern_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    has_begun, may_end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(patterns: Sequence[str]) -> tuple[int, str] | None:
        if not patterns:
            return None
        loop.call_soon_threadsafe(has_begun.set)
        assert may_end.wait(PATIENCE_S)
        return wrong_pattern(patterns)

    monkeypatch.setattr("wyoming_bridge.providers.reson8.query.wrong_pattern", slow)

    async def confirmed(**query: str) -> list[object]:
        async with opening(server, headers={"Authorization": f"ApiKey {KEY}"}, **query) as socket:
            return list(await flushed(socket))

    async with serving_reson8() as server, asyncio.timeout(PATIENCE_S):
        waiting = asyncio.create_task(confirmed(patterns="[A-Z]{2}"))
        await has_begun.wait()
        others = await confirmed()
        was_waiting = not waiting.done()
        may_end.set()
        answer = await waiting

    assert was_waiting
    assert answer == others == [{"type": "flush_confirmation", "id": "abc123"}]


@pytest.mark.parametrize("path", [PATH, "/v1/speech-to-text/turns"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "ApiKey wrong"},
        {"Authorization": "Bearer wrong"},
        {"Sec-WebSocket-Protocol": "bearer, wrong"},
        {"Sec-WebSocket-Protocol": f"other, {KEY}"},
        {"Sec-WebSocket-Protocol": KEY},
    ],
)
async def test_no_pattern_is_compiled_without_a_valid_token(
    path: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = compiling(monkeypatch)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    }
    async with (
        serving_reson8() as server,
        http(server) as session,
        session.get(f"{path}?patterns=[A-Z]", headers={**upgrade, **headers}) as answer,
    ):
        assert answer.status == 401
    assert compiled == []


@pytest.mark.parametrize("key", ["wrong", ""])
async def test_no_pattern_of_a_recording_is_compiled_without_a_valid_token(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = compiling(monkeypatch)
    async with (
        serving_reson8() as server,
        http(server) as session,
        session.post(
            "/v1/speech-to-text/prerecorded?patterns=[A-Z]",
            headers={"Authorization": f"ApiKey {key}"},
        ) as answer,
    ):
        assert answer.status == 401
    assert compiled == []


async def test_a_pattern_is_compiled_in_a_thread_for_a_browser_with_a_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled = compiling(monkeypatch)
    async with (
        serving_reson8() as server,
        opening(server, offer=("bearer", KEY), patterns="[A-Z]") as socket,
    ):
        assert socket.subprotocol == "bearer"
    assert compiled == [("[A-Z]",)]


def compiling(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Record the patterns that each request compiles, and assert that a thread compiles them."""
    compiled: list[tuple[str, ...]] = []
    loop_thread = threading.current_thread()

    def noted(patterns: Sequence[str]) -> tuple[int, str] | None:
        if patterns:
            assert threading.current_thread() is not loop_thread
            compiled.append(tuple(patterns))
        return wrong_pattern(patterns)

    monkeypatch.setattr("wyoming_bridge.providers.reson8.query.wrong_pattern", noted)
    return compiled
