"""The language of a local server's engine, which the server reports over HTTP."""

from wyoming_bridge import WebsocketConnector, engine_language
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer


class DutchEngine(ScriptedEngine):
    language = "nl"


async def test_a_local_server_tells_the_language_of_its_engine_without_a_token() -> None:
    server = LocalServer(engine=DutchEngine(), tokens=frozenset({"t0k3n"}))
    await server.start()

    found = [
        await engine_language(url, service="reson8", connector=WebsocketConnector())
        for url in (server.url, f"{server.url}/reson8", f"{server.url}/reson8/")
    ]

    await server.stop()
    assert found == ["nl", "nl", "nl"]


async def test_the_language_behind_an_unused_address_is_unknown(free_port: int) -> None:
    url = f"ws://127.0.0.1:{free_port}"

    assert await engine_language(url, service="reson8", connector=WebsocketConnector()) is None
