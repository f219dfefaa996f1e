"""The language of a local server's engine, which the server reports over HTTP."""

import pytest

from wyoming_bridge import (
    PROVIDERS,
    ConnectError,
    HttpAnswer,
    HttpRequest,
    ProviderName,
    Reson8Settings,
    WebsocketConnector,
    engine_language,
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
    """Keeps the requests, and answers none."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    async def ask(self, request: HttpRequest, *, provider: str) -> HttpAnswer:
        self.urls.append(request.url)
        raise ConnectError("not sent", provider=provider)


async def test_a_local_server_tells_the_language_of_its_engine_without_a_token() -> None:
    server = LocalServer(engine=DutchEngine(), tokens=frozenset({"t0k3n"}))
    await server.start()

    found = {
        (name, path): await engine_language(
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
    assert set(found.values()) == {"nl"}


async def test_the_language_behind_an_unused_address_is_unknown(free_port: int) -> None:
    settings = Reson8Settings(url=f"ws://127.0.0.1:{free_port}")

    assert await engine_language(settings, connector=WebsocketConnector()) is None


@pytest.mark.parametrize(("name", "url"), REGIONS)
async def test_a_service_itself_is_not_asked(name: ProviderName, url: str) -> None:
    requests = Requests()

    assert await engine_language(PROVIDERS[name].settings(url=url), connector=requests) is None
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

    await engine_language(PROVIDERS[name].settings(url=url), connector=requests)

    assert requests.urls == [f"https{url.removeprefix('wss')}/"]
