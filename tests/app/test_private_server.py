"""The local server that the bridge starts for itself, and that refuses all other clients."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import aiohttp
import pytest

from wyoming_bridge.app.backends import Backends
from wyoming_bridge.app.local_server import PrivateServer, new_local_server
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.providers.contract import ConnectRequest
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.session import Transport, WebsocketConnector
from wyoming_bridge.transcriber import RequestOptions, Result

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
AS_RECORDED = RequestOptions(endpointing=RECORDING)


class Listening(WebsocketConnector):
    """A connector that records the requests of the bridge."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[ConnectRequest] = []

    async def open(
        self, request: ConnectRequest, *, provider: str, on_accepted: Callable[[], None]
    ) -> Transport:
        self.requests.append(request)
        return await super().open(request, provider=provider, on_accepted=on_accepted)


async def speech() -> AsyncIterator[bytes]:
    yield SPEECH


def token_in(request: ConnectRequest) -> str:
    """Return the longest word of a request, which is the token."""
    return max(re.findall(r"[\w-]+", f"{request.url} {request.headers}"), key=len)


@pytest.mark.parametrize("protocol", list(ProviderName))
async def test_a_local_profile_sends_a_random_token_that_is_never_logged(
    protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    profile = Profile(name="offline", backend=LocalBackend(engine="scripted", protocol=protocol))
    tokens = []
    for _ in range(2):
        connector = Listening()
        async with Backends([profile], connector=connector) as backends:
            updates = backends.transcribe(
                speech(), source=PCM_16K_MONO, profile=profile, options=AS_RECORDED
            )
            texts = [update.text async for update in updates if isinstance(update, Result)]
        assert texts == [WORDS]
        tokens.append(token_in(connector.requests[0]))

    assert [len(token) for token in tokens] == [43, 43]  # 32 bytes in Base64
    assert tokens[0] != tokens[1]
    assert not [token for token in tokens if token in caplog.text]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "ApiKey guessed"}, 401),
        ({"Host": "rebound.example"}, 403),
        ({"Origin": "https://page.example"}, 403),
    ],
)
async def test_other_clients_are_refused(headers: dict[str, str], status: int) -> None:
    server = PrivateServer(engine="scripted")
    await server.start()
    try:
        url = f"{server.url}/reson8/v1/speech-to-text/realtime"
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await http.ws_connect(url, headers=headers)
    finally:
        await server.stop()

    assert caught.value.status == status


async def test_it_has_room_for_more_sessions_than_a_bridge_has_clients() -> None:
    """On a busy machine, a client can need a second session before the first one is ready."""
    server = new_local_server(engine="scripted", tokens=frozenset({"token"}), is_private=True)
    await server.start()
    address = urlsplit(server.url)
    connections = [
        await asyncio.open_connection(address.hostname, address.port) for _ in range(300)
    ]
    reader, writer = connections[-1]
    writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await reader.readline()

    assert not any(each.at_eof() for each, _ in connections[:-1])

    for _, each in connections:
        each.close()
    await server.stop()
