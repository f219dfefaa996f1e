"""The client of Home Assistant's websocket API, message by message."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from wyoming_bridge.errors import AuthenticationError, ProtocolViolationError, ServiceError
from wyoming_bridge.home.client import HomeClient
from wyoming_bridge.home.messages import EVENTS

Json = Mapping[str, Any]

ANSWERS: Mapping[str, object] = {
    "get_config": {"language": "en", "state": "RUNNING"},
    "config/floor_registry/list": [],
    "config/area_registry/list": [],
    "config/device_registry/list": [],
    "homeassistant/expose_entity/list": {
        "exposed_entities": {
            "light.b": {"conversation": True},
            "light.a": {"conversation": True, "cloud.alexa": True},
            "light.c": {"cloud.alexa": True},
        }
    },
    "conversation/sentences/list": {"trigger_sentences": ["it is party time"]},
    "config/entity_registry/get_entries": {"light.a": None, "light.b": None},
}


def sent(client: HomeClient) -> list[Json]:
    return [json.loads(text) for text in client.messages_to_send()]


def give(client: HomeClient, **message: object) -> None:
    client.receive(json.dumps(message))


def logged_in() -> HomeClient:
    client = HomeClient(token="s3cr3t")
    give(client, type="auth_required", ha_version="2026.11.0")
    client.messages_to_send()
    give(client, type="auth_ok", ha_version="2026.11.0")
    return client


def answer(client: HomeClient, **other: object) -> dict[str, int]:
    """Answer all commands of the client, and return the id of the last command of each type."""
    numbers = {}
    while messages := sent(client):
        for message in messages:
            kind, number = message["type"], message["id"]
            numbers[kind] = number
            result = {**ANSWERS, **other}.get(kind)
            give(client, id=number, type="result", success=True, result=result)
            if kind == "subscribe_entities":
                added = {
                    each: {"s": "on", "a": {"friendly_name": each[-1:]}}
                    for each in message["entity_ids"]
                }
                give(client, id=number, type="event", event={"a": added})
    return numbers


def test_the_token_is_sent_when_it_is_asked_for() -> None:
    client = HomeClient(token="s3cr3t")
    assert sent(client) == []

    give(client, type="auth_required", ha_version="2026.11.0")

    assert sent(client) == [{"type": "auth", "access_token": "s3cr3t"}]


def test_changes_are_subscribed_to_before_the_house_is_fetched() -> None:
    messages = sent(logged_in())

    assert [each["id"] for each in messages] == list(range(1, len(messages) + 1))
    assert [each.get("event_type") for each in messages[: len(EVENTS)]] == list(EVENTS)
    assert [each["type"] for each in messages[len(EVENTS) :]] == [
        "get_config",
        "config/floor_registry/list",
        "config/area_registry/list",
        "config/device_registry/list",
        "homeassistant/expose_entity/list",
        "conversation/sentences/list",
    ]


def test_only_entities_that_are_exposed_to_assist_are_asked_for() -> None:
    client = logged_in()

    for message in sent(client):
        assert client.take_house() is None
        result = ANSWERS.get(message["type"])
        give(client, id=message["id"], type="result", success=True, result=result)

    entries, states = sent(client)
    assert entries["type"] == "config/entity_registry/get_entries"
    assert states["type"] == "subscribe_entities"
    assert entries["entity_ids"] == states["entity_ids"] == ["light.a", "light.b"]


def test_a_fetch_ends_with_the_house() -> None:
    client = logged_in()
    answer(client)

    house = client.take_house()
    assert house is not None
    assert [each.name for each in house.entities] == ["a", "b"]
    assert house.sentences == ("it is party time",)
    assert (client.is_fetching, client.is_running) == (False, True)
    assert client.take_house() is None


def test_without_exposed_entities_no_state_is_subscribed_to() -> None:
    client = logged_in()
    numbers = answer(client, **{"homeassistant/expose_entity/list": {"exposed_entities": {}}})

    assert "subscribe_entities" not in numbers
    assert client.take_house() is not None


def test_an_entity_that_does_not_exist_now_has_no_name() -> None:
    client = logged_in()
    states = 0
    while messages := sent(client):
        for message in messages:
            result = ANSWERS.get(message["type"])
            give(client, id=message["id"], type="result", success=True, result=result)
            states = message["id"] if message["type"] == "subscribe_entities" else states
    assert client.take_house() is None

    give(client, id=states, type="event", event={"a": {"light.b": {"a": {"friendly_name": "b"}}}})

    house = client.take_house()
    assert house is not None
    assert house.terms() == ("b",)


@pytest.mark.parametrize(
    ("event", "is_stale"),
    [
        ({"a": {"light.b": {"s": "on", "a": {}}}}, True),
        ({"r": ["light.a"]}, True),
        ({"c": {"light.a": {"+": {"a": {"friendly_name": "New"}}}}}, True),
        ({"c": {"light.a": {"+": {}, "-": {"a": ["device_class"]}}}}, True),
        ({"c": {"light.a": {"+": {"s": "off", "lc": 2.0, "a": {"brightness": 3}}}}}, False),
        ({"c": {"light.a": 5}}, False),
    ],
)
def test_an_event_of_an_entity_causes_a_fetch_if_it_changes_a_name(
    event: Json, *, is_stale: bool
) -> None:
    client = logged_in()
    numbers = answer(client)

    give(client, id=numbers["subscribe_entities"], type="event", event=event)

    assert client.is_stale is is_stale


def test_an_event_of_a_registry_matters_until_the_next_fetch() -> None:
    client = logged_in()
    answer(client)
    assert not client.is_stale

    give(client, id=1, type="event", event={"event_type": EVENTS[0], "data": {}})
    assert client.is_stale

    client.fetch()
    assert not client.is_stale


def test_another_fetch_ends_the_earlier_subscription_to_states() -> None:
    client = logged_in()
    first = answer(client)["subscribe_entities"]
    client.take_house()

    client.fetch()
    for message in sent(client):
        give(client, id=message["id"], type="result", success=True, result=ANSWERS[message["type"]])
    unsubscribe, *rest = sent(client)

    assert (unsubscribe["type"], unsubscribe["subscription"]) == ("unsubscribe_events", first)
    assert [each["type"] for each in rest] == [
        "config/entity_registry/get_entries",
        "subscribe_entities",
    ]


def test_a_home_assistant_without_conversation_has_no_sentences() -> None:
    client = logged_in()
    for message in sent(client):
        if message["type"] == "conversation/sentences/list":
            error = {"code": "unknown_command", "message": "Unknown command."}
            give(client, id=message["id"], type="result", success=False, error=error)
        else:
            result = ANSWERS.get(message["type"])
            give(client, id=message["id"], type="result", success=True, result=result)
    answer(client)

    house = client.take_house()
    assert house is not None
    assert house.sentences == ()


def test_a_wrong_token_is_an_error_without_the_token() -> None:
    client = HomeClient(token="s3cr3t")
    give(client, type="auth_required")

    with pytest.raises(AuthenticationError, match="Invalid access token") as caught:
        give(client, type="auth_invalid", message="Invalid access token or password")
    assert "s3cr3t" not in str(caught.value)


def test_the_token_must_be_that_of_an_administrator() -> None:
    client = logged_in()

    with pytest.raises(AuthenticationError, match="administrator"):
        give(client, id=8, type="result", success=False, error={"code": "unauthorized"})


def test_a_command_that_fails_is_an_error() -> None:
    client = logged_in()

    with pytest.raises(ServiceError, match=r"get_config failed .unknown_error: No"):
        give(
            client,
            id=8,
            type="result",
            success=False,
            error={"code": "unknown_error", "message": "No"},
        )


@pytest.mark.parametrize("first", ['{"type": "hello"}', "{}", "[]", "hello", '{"type": 5}'])
def test_a_server_that_is_not_home_assistant_is_an_error(first: str) -> None:
    with pytest.raises(ProtocolViolationError):
        HomeClient(token="s3cr3t").receive(first)


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "pong", "id": 99}',
        '{"type": "result", "id": 999, "success": true}',
        '{"type": "event", "id": 999, "event": null}',
        '{"type": "news"}',
    ],
)
def test_messages_that_were_not_requested_are_ignored(message: str) -> None:
    client = logged_in()
    client.receive(message)

    assert not client.is_stale


def test_all_answers_of_a_fetch_together_have_a_limited_number_of_values() -> None:
    client = logged_in()
    numbers = {message["type"]: message["id"] for message in sent(client)}
    many = [{}] * 130_000  # a comma and a brace each
    give(client, id=numbers["config/floor_registry/list"], type="result", success=True, result=many)

    registry = numbers["config/device_registry/list"]
    with pytest.raises(ProtocolViolationError, match="more than 500000 values"):
        give(client, id=registry, type="result", success=True, result=many)


def test_each_fetch_may_have_as_many_values_as_the_first() -> None:
    client = logged_in()
    many = {"config/floor_registry/list": [{}] * 130_000}
    for _ in range(3):
        answer(client, **many)
        assert client.take_house()
        client.fetch()
