"""The languages of a server's engine or model, which the server reports over HTTP."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from virtual_time import in_virtual_time
from wyoming_bridge import (
    PROVIDERS,
    ConnectError,
    HttpAnswer,
    HttpRequest,
    OpenAISettings,
    ProviderName,
    Reson8Settings,
    WebsocketConnector,
    engine_languages,
)
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer

REGIONS = [
    (ProviderName.ELEVENLABS, "wss://api.elevenlabs.io"),
    (ProviderName.ELEVENLABS, "wss://api.eu.residency.elevenlabs.io"),
    (ProviderName.OPENAI, "wss://eu.api.openai.com/v1"),
    (ProviderName.RESON8, "wss://api.reson8.dev"),
    (ProviderName.SCRIPTIX, "wss://realtime.scriptix.io"),
]


class DutchEngine(ScriptedEngine):
    language = "nl"


class Requests(WebsocketConnector):
    """Keeps the requests, and answers those for the addresses in ``answers``."""

    def __init__(self, **answers: HttpAnswer) -> None:
        super().__init__()
        self._answers = answers
        self.urls: list[str] = []
        self.headers: list[Mapping[str, str]] = []

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        self.urls.append(request.url)
        self.headers.append(request.headers)
        last = request.url.rpartition("/")[2]
        if last not in self._answers:
            raise ConnectError("no answer", provider=provider)
        return self._answers[last]


class SlowRequests(Requests):
    """Answers each request ``delay_s`` late."""

    def __init__(self, delay_s: float, **answers: HttpAnswer) -> None:
        super().__init__(**answers)
        self._delay_s = delay_s

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        await asyncio.sleep(self._delay_s)
        return await super().ask(request, provider=provider)


async def test_a_local_server_reports_the_language_of_its_engine_without_a_token() -> None:
    server = LocalServer(engine=DutchEngine(), tokens=frozenset({"t0k3n"}))
    await server.start()

    found = {
        (name, path): await engine_languages(
            PROVIDERS[name].settings(url=f"{server.url}{path}"), connector=WebsocketConnector()
        )
        for name, paths in {
            **{name: ["", f"/{name}", f"/{name}/"] for name in ProviderName},
            ProviderName.OPENAI: ["", "/v1", "/v1/realtime", "/openai", "/openai/v1/realtime/"],
        }.items()
        for path in paths
    }

    await server.stop()
    assert len(found) == 14
    assert set(found.values()) == {("nl",)}


async def test_the_language_of_an_unused_address_is_unknown(free_port: int) -> None:
    settings = Reson8Settings(url=f"ws://127.0.0.1:{free_port}")

    assert await engine_languages(settings, connector=WebsocketConnector()) is None


@pytest.mark.parametrize(("name", "url"), REGIONS)
async def test_the_services_themselves_are_not_asked(name: ProviderName, url: str) -> None:
    requests = Requests()

    assert await engine_languages(PROVIDERS[name].settings(url=url), connector=requests) is None
    assert requests.urls == []


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (ProviderName.ELEVENLABS, "wss://api.elevenlabs.io.attic.example"),
        (ProviderName.RESON8, "wss://notreson8.dev"),
        (ProviderName.OPENAI, "wss://speech.openai.azure.com"),
    ],
)
async def test_a_server_with_a_similar_name_is_asked(name: ProviderName, url: str) -> None:
    requests = Requests()

    await engine_languages(PROVIDERS[name].settings(url=url), connector=requests)

    assert requests.urls == [f"https{url.removeprefix('wss')}/"]


def described(**fields: object) -> HttpAnswer:
    """Return the description of a model, as Speaches sends it."""
    task = "automatic-speech-recognition"
    model = {"id": "tiny", "created": 0, "object": "model", "owned_by": "me", "task": task}
    return HttpAnswer(status=200, body=json.dumps({**model, **fields}))


async def test_a_server_is_asked_for_the_languages_of_its_model() -> None:
    requests = Requests(tiny=described(language=["nl", "en", "yue"]))
    settings = OpenAISettings(url="wss://gpu.example/v1", model="me/tiny", token="t0k3n")

    assert await engine_languages(settings, connector=requests) == ("en", "nl")
    assert requests.urls == ["https://gpu.example/", "https://gpu.example/v1/models/me/tiny"]
    assert requests.headers == [{}, {"Authorization": "Bearer t0k3n"}]


@pytest.mark.parametrize(
    "answer",
    [
        described(),
        described(language=None),
        described(language=[]),
        described(language=["eng"]),
        described(language="en"),
        described(language=[5]),
        HttpAnswer(status=404, body=json.dumps({"language": ["en"]})),
        HttpAnswer(status=200, body="<html>"),
    ],
)
async def test_a_server_that_reports_no_languages_of_the_protocol_may_know_all(
    answer: HttpAnswer,
) -> None:
    settings = OpenAISettings(url="wss://gpu.example", model="tiny")

    assert await engine_languages(settings, connector=Requests(tiny=answer)) is None


async def test_a_server_that_chooses_the_model_is_not_asked_for_its_languages() -> None:
    requests = Requests()

    await engine_languages(OpenAISettings(url="wss://gpu.example"), connector=requests)

    assert requests.urls == ["https://gpu.example/"]


@pytest.mark.parametrize(("delay_s", "known"), [(2.4, ("en", "nl")), (2.6, None), (60, None)])
@in_virtual_time
async def test_a_server_has_5_s_for_both_answers(
    delay_s: float, known: tuple[str, ...] | None
) -> None:
    requests = SlowRequests(delay_s, tiny=described(language=["nl", "en"]))
    settings = OpenAISettings(url="wss://gpu.example", model="tiny")

    assert await engine_languages(settings, connector=requests) == known
