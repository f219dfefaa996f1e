"""The emulator of Reson8 without a socket: accepted and refused upgrades, and models."""

import json
from collections.abc import Mapping, Sequence

import pytest

from reson8_callers import WITH_MODELS
from serving import KEY
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.reson8.emulator import Reson8Emulator
from wyoming_bridge.providers.reson8.server import Reson8Server
from wyoming_bridge.providers.server_request import ServerRequest

ASKS_FOR_TOKEN = {"authorization": f"ApiKey {KEY}"}


def emulator(
    behaviour: Reson8Behaviour = WITH_MODELS, *, tokens: Sequence[str] = (KEY,)
) -> Reson8Emulator:
    return Reson8Emulator(tokens=frozenset(tokens), language="en", behaviour=behaviour)


def upgraded(
    service: Reson8Emulator,
    headers: Mapping[str, str] | None = None,
    *,
    now: float = 0.0,
    **query: str,
) -> Reson8Server:
    """Return the server of an accepted upgrade."""
    answer = service.accept(request(headers, **query), now)
    assert isinstance(answer, Reson8Server)
    answer.open(now=now)
    return answer


def refused(
    service: Reson8Emulator, headers: Mapping[str, str] | None = None, **query: str
) -> HttpAnswer:
    answer = service.accept(request(headers, **query), 0.0)
    assert isinstance(answer, HttpAnswer)
    return answer


def request(
    headers: Mapping[str, str] | None = None, body: str = "", **query: str
) -> ServerRequest:
    return ServerRequest(
        query={name: [value] for name, value in query.items()},
        headers=headers if headers is not None else ASKS_FOR_TOKEN,
        body=body,
    )


def minted(service: Reson8Emulator, *, now: float = 0.0) -> str:
    answer = service.requests["POST", "/v1/auth/token"](request(), now)
    token = json.loads(answer.body)["access_token"]
    assert isinstance(token, str)
    return token


class TestAccess:
    @pytest.mark.parametrize(
        "headers",
        [
            {"authorization": f"ApiKey {KEY}"},
            {"authorization": f"apikey  {KEY} "},
            {"authorization": f"Bearer {KEY}"},
            {"sec-websocket-protocol": f"bearer, {KEY}"},
            {"sec-websocket-protocol": f" bearer ,{KEY}"},
        ],
    )
    def test_a_configured_token_is_accepted_in_each_place(self, headers: dict[str, str]) -> None:
        asked = "sec-websocket-protocol" in headers
        assert upgraded(emulator(), headers).subprotocol == ("bearer" if asked else None)

    def test_an_access_token_opens_sessions_until_it_expires(self) -> None:
        service = emulator()
        token = minted(service)
        for now in (1.0, 599.0):
            upgraded(service, {"authorization": f"Bearer {token}"}, now=now)
            offered = upgraded(service, {"sec-websocket-protocol": f"bearer, {token}"}, now=now)
            assert offered.subprotocol == "bearer"
        late = service.accept(request({"authorization": f"Bearer {token}"}), 601.0)
        assert isinstance(late, HttpAnswer)
        assert late.status == 401

    def test_an_access_token_is_not_accepted_as_a_key(self) -> None:
        service = emulator()
        token = minted(service)
        assert refused(service, {"authorization": f"ApiKey {token}"}).status == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": "ApiKey wrong"},
            {"authorization": "ApiKey"},
            {"authorization": f"Basic {KEY}"},
            {"authorization": KEY},
            {"sec-websocket-protocol": "bearer, wrong"},
            {"sec-websocket-protocol": "bearer"},
            {"sec-websocket-protocol": KEY},
            {"sec-websocket-protocol": f"{KEY}, bearer"},
            {"xi-api-key": KEY},
        ],
    )
    def test_without_the_right_token_the_upgrade_is_refused(self, headers: dict[str, str]) -> None:
        answer = refused(emulator(), headers)
        assert answer.status == 401
        assert answer.headers["X-Error-Message"] == "Invalid or expired credentials"
        assert json.loads(answer.body)["code"] == "UNAUTHORIZED"

    def test_a_token_in_the_query_is_ignored(self) -> None:
        assert refused(emulator(), {}, token=KEY).status == 401

    @pytest.mark.parametrize("offered", ["bearer, whatever", "bearer"])
    def test_a_server_without_tokens_still_selects_an_offered_protocol(self, offered: str) -> None:
        server = upgraded(emulator(tokens=()), {"sec-websocket-protocol": offered})
        assert server.subprotocol == "bearer"


class TestRefusals:
    def test_a_bad_parameter_is_named_with_what_is_allowed(self) -> None:
        answer = refused(emulator(), channels="10")
        assert answer.status == 400
        said = "channels: must be a whole number from 1 to 8, got '10'"
        assert answer.headers["X-Error-Message"] == said
        assert json.loads(answer.body) == {"code": "INVALID_REQUEST", "message": said}

    @pytest.mark.parametrize("value", ["é\r\nX: y", "日本", "\ud83d"])
    def test_text_of_a_client_does_not_reach_a_header(self, value: str) -> None:
        for name in ("encoding", "language", "patterns", "custom_model_id"):
            said = refused(emulator(), **{name: f"[{value}"}).headers["X-Error-Message"]
            assert said.isascii()
            assert said.isprintable()

    def test_an_unknown_model_is_not_found(self) -> None:
        answer = refused(emulator(), custom_model_id="garage")
        assert (answer.status, json.loads(answer.body)["code"]) == (404, "NOT_FOUND")

    def test_more_sessions_than_allowed_are_refused_until_one_ends(self) -> None:
        service = emulator(Reson8Behaviour(max_sessions=1))
        first = upgraded(service)
        answer = refused(service)
        assert (answer.status, json.loads(answer.body)["code"]) == (429, "TOO_MANY_REQUESTS")
        first.leave(now=1.0)
        upgraded(service)

    def test_an_account_without_credit_is_refused(self) -> None:
        service = emulator(Reson8Behaviour(quota_s=2, segment_silence_s=0))
        server = upgraded(service)
        server.hear(bytes(32000), now=1.0)
        server.leave(now=1.0)
        other = upgraded(service)
        other.hear(bytes(32000), now=2.0)
        other.leave(now=2.0)
        answer = refused(service)
        assert (answer.status, json.loads(answer.body)["code"]) == (402, "PAYMENT_REQUIRED")

    def test_a_refused_upgrade_counts_as_no_session(self) -> None:
        service = emulator(Reson8Behaviour(max_sessions=1))
        refused(service, channels="10")
        refused(service, custom_model_id="garage")
        upgraded(service)


class TestModels:
    @pytest.mark.parametrize(
        ("query", "terms"),
        [
            ({}, ()),
            ({"custom_model_id": "kitchen"}, ("extractor hood", "dishwasher", "fan")),
            ({"custom_model_id": "empty", "phrases": "oven"}, ("oven",)),
            ({"custom_model_id": ""}, ()),
            (
                {"custom_model_id": "kitchen", "phrases": "oven, big oven"},
                ("extractor hood", "dishwasher", "fan", "oven", "big oven"),
            ),
        ],
    )
    def test_the_engine_is_biased_by_the_model_and_the_phrases(
        self, query: dict[str, str], terms: tuple[str, ...]
    ) -> None:
        assert upgraded(emulator(), **query).bias_terms == terms
