"""``DiscoveryQuery`` asks whether the integration is installed, and which forms are open."""

import json

import pytest

from wyoming_bridge.errors import AuthenticationError, ProtocolViolationError, ServiceError
from wyoming_bridge.home.discovery_query import DiscoveryQuery, Form, WhatHomeHas

FLOW = {
    "flow_id": "f1",
    "handler": "wyoming",
    "context": {
        "source": "hassio",
        "unique_id": "m1",
        "configuration_url": "homeassistant://hassio/addon/core_whisper/info",
    },
}


def asked(*messages: object) -> DiscoveryQuery:
    query = DiscoveryQuery(token="t0k3n")
    for message in messages:
        query.receive(json.dumps(message))
    return query


def result(number: int, value: object) -> dict[str, object]:
    return {"id": number, "type": "result", "success": True, "result": value}


def failure(number: int, code: str) -> dict[str, object]:
    error = {"code": code, "message": "no"}
    return {"id": number, "type": "result", "success": False, "error": error}


def test_the_login_comes_before_the_two_commands() -> None:
    query = asked({"type": "auth_required"})
    login = query.messages_to_send()
    query.receive('{"type": "auth_ok"}')

    assert [json.loads(each) for each in login] == [{"type": "auth", "access_token": "t0k3n"}]
    assert [json.loads(each) for each in query.messages_to_send()] == [
        {"id": 1, "type": "manifest/get", "integration": "wyoming_bridge"},
        {"id": 2, "type": "config_entries/flow/progress"},
    ]
    assert query.answer is None


def test_the_answer_is_complete_after_both_results_in_any_order() -> None:
    one = asked(result(2, [FLOW]), result(1, {"domain": "wyoming_bridge"}))
    other = asked(failure(1, "not_found"), {"type": "event"}, result(7, None), result(2, []))

    assert asked(result(2, [FLOW])).answer is None
    assert one.answer == WhatHomeHas(
        own_integration=True, forms=(Form(id="f1", app="core_whisper", message="m1"),)
    )
    assert other.answer == WhatHomeHas(own_integration=False)


@pytest.mark.parametrize(
    "page",
    [
        "homeassistant://hassio/addon/core_whisper/info",  # Home Assistant until 2026.10
        "homeassistant://config/app/core_whisper/info",
    ],
)
def test_the_app_of_a_form_is_recognised_by_its_page(page: str) -> None:
    flow = {**FLOW, "context": {**FLOW["context"], "configuration_url": page}}
    answer = asked(failure(1, "not_found"), result(2, [flow])).answer

    assert answer is not None
    assert [form.app for form in answer.forms] == ["core_whisper"]


@pytest.mark.parametrize(
    "changed",
    [
        {"handler": "wyoming_bridge"},
        {"handler": None},
        {"flow_id": None},
        {"context": None},
        {"context": {**FLOW["context"], "source": "zeroconf"}},
        {"context": {**FLOW["context"], "unique_id": None}},
        {"context": {**FLOW["context"], "configuration_url": "http://192.0.2.1/"}},
        {"context": {**FLOW["context"], "configuration_url": None}},
    ],
)
def test_other_forms_are_ignored(changed: dict[str, object]) -> None:
    query = asked(failure(1, "not_found"), result(2, [{**FLOW, **changed}]))

    assert query.answer == WhatHomeHas(own_integration=False)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"type": "auth_invalid", "message": "Invalid access"}, AuthenticationError),
        (failure(1, "unknown_error"), ServiceError),
        (failure(2, "not_found"), ServiceError),
        (failure(2, "unauthorized"), AuthenticationError),
        ([], ProtocolViolationError),
        ({"type": "result"}, ProtocolViolationError),
    ],
)
def test_a_refusal_is_an_error(message: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        asked(message)
