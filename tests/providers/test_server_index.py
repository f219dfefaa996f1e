"""The index page of a local realtime server: its engine, language and services."""

import json

import pytest

from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.server_index import ServerIndex, index_request

INDEX = ServerIndex(engine="scripted", language="en", services={"reson8": ["/reson8/v1/listen"]})


def answer(data: object, *, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, body=json.dumps(data))


def test_the_index_of_a_server_can_be_read() -> None:
    assert ServerIndex.read(answer(INDEX.to_data())) == INDEX


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("ws://192.0.2.1:8765/reson8", "http://192.0.2.1:8765/"),
        ("ws://192.0.2.1:8765", "http://192.0.2.1:8765/"),
        ("wss://attic/speech/reson8/", "https://attic/speech/"),
        ("wss://attic/speech", "https://attic/speech/"),
        ("ws://[::1]:8765/scriptix", "http://[::1]:8765/scriptix/"),
    ],
)
def test_the_page_is_above_the_path_of_the_service(url: str, page: str) -> None:
    request = index_request(url, service="reson8")

    assert (request.method, request.url) == ("GET", page)


@pytest.mark.parametrize(
    "other",
    [
        answer(INDEX.to_data(), status=404),
        answer({}),
        answer([]),
        answer({**INDEX.to_data(), "server": "Another"}),
        answer({**INDEX.to_data(), "server": 5}),
        answer({**INDEX.to_data(), "language": None}),
        answer({**INDEX.to_data(), "services": ["reson8"]}),
        HttpAnswer(status=200, body="<html>"),
        HttpAnswer(status=200, body="[" * 60_000),
    ],
)
def test_another_server_reports_nothing(other: HttpAnswer) -> None:
    assert ServerIndex.read(other) is None
