"""The local realtime server with plain websockets and HTTP requests, as clients send them."""

import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType

from patience import PATIENCE_S
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.providers.server_index import ServerIndex
from wyoming_bridge.working import WORKING_PONG

SPEECH = bytes([3, 1]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
SHARED = "/v1/speech-to-text/realtime"
SAMPLES = Path(__file__).parent.parent.parent / "samples"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine())
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def guarded() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({"right"}))
    await server.start()
    yield server
    await server.stop()


async def until(socket: aiohttp.ClientWebSocketResponse, found: Callable[[dict], bool]) -> dict:
    while True:
        message = await socket.receive_json(timeout=PATIENCE_S)
        if found(message):
            return message


async def test_the_index_lists_the_services(server: LocalServer, http) -> None:
    async with http.get(server.url.replace("ws:", "http:") + "/") as response:
        index = await response.json()

    assert (index["engine"], index["language"]) == ("scripted", "en")
    assert set(index["services"]) == {*ProviderName, "vllm"}
    read = ServerIndex.read(HttpAnswer(status=200, body=json.dumps(index)))
    assert read
    assert read.to_data() == index


async def test_a_server_that_owes_a_final_says_that_it_works(http, monkeypatch) -> None:
    monkeypatch.setattr("wyoming_bridge.local.sender.WORKING_PONG_S", 0.01)
    slow = LocalServer(engine=ScriptedEngine(flush_delay_s=0.5))
    await slow.start()
    address = slow.url + "/reson8" + SHARED + "?encoding=pcm_s16le"
    async with http.ws_connect(address, autoping=False) as socket:
        await socket.send_bytes(SPEECH)
        await socket.send_str('{"type": "flush_request", "id": "1"}')
        first = await socket.receive(timeout=PATIENCE_S)
        while (message := await socket.receive(timeout=PATIENCE_S)).type is WSMsgType.PONG:
            pass
    await slow.stop()

    assert (first.type, bytes(first.data)) == (WSMsgType.PONG, WORKING_PONG)
    assert message.json()["text"] == WORDS


@pytest.mark.parametrize("prefix", ["", "/reson8"])
async def test_reson8_answers_a_flush_by_its_id_with_only_the_requested_fields(
    prefix: str, server: LocalServer, http
) -> None:
    async with http.ws_connect(server.url + prefix + SHARED + "?encoding=pcm_s16le") as socket:
        await socket.send_bytes(SPEECH)
        await socket.send_str('{"type": "flush_request", "id": "abc123"}')
        transcript = await socket.receive_json()
        confirmation = await socket.receive_json()

    assert transcript == {"type": "transcript", "text": WORDS}
    assert confirmation == {"type": "flush_confirmation", "id": "abc123"}


@pytest.mark.parametrize(
    ("query", "headers"),
    [("?model_id=m", {}), ("?token=t", {}), ("", {"xi-api-key": "k"})],
)
async def test_a_request_of_elevenlabs_on_the_shared_path_is_recognised(
    query: str, headers: dict[str, str], server: LocalServer, http
) -> None:
    async with http.ws_connect(server.url + SHARED + query, headers=headers) as socket:
        first = await socket.receive_json()

    assert first["message_type"] in {"session_started", "invalid_request"}


@pytest.mark.parametrize("prefix", ["", "/scriptix"])
async def test_scriptix_listens_after_start_and_stops_after_stop(
    prefix: str, server: LocalServer, http
) -> None:
    async with http.ws_connect(server.url + prefix + "/v2/realtime?type=fast") as socket:
        await socket.send_str('{"action": "start"}')
        listening = await socket.receive_str()
        await socket.send_bytes(SPEECH)
        await socket.send_str('{"action": "stop"}')
        final = await until(socket, lambda message: message.get("is_final") is True)
        stopped = await socket.receive_str()
        end = await socket.receive()

    assert listening == '{"state":"listening"}'
    assert final["text"] == WORDS
    assert stopped == '{"state":"stopped"}'
    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1000)


@pytest.mark.parametrize("size", [1, 7, 44, 1000])
async def test_scriptix_accepts_a_wav_stream_of_unknown_length_in_any_pieces(
    size: int, server: LocalServer, http
) -> None:
    wav = (SAMPLES / "goforward.wav").read_bytes()[:4044]
    streamed = wav[:4] + b"\xff" * 4 + wav[8:40] + b"\xff" * 4 + wav[44:]
    async with http.ws_connect(server.url + "/scriptix/v2/realtime") as socket:
        await socket.send_str('{"action": "start"}')
        for start in range(0, len(streamed), size):
            await socket.send_bytes(streamed[start : start + size])
        await socket.send_str('{"action": "stop"}')
        final = await until(socket, lambda message: message.get("is_final") is True)

    assert final["text"] == " ".join(scripted_words(wav[44:]))


async def test_audio_of_another_rate_is_converted_for_the_engine(server: LocalServer, http) -> None:
    query = "?encoding=pcm_s16le&sample_rate=48000&channels=2&include_timestamps=true"
    async with http.ws_connect(server.url + "/reson8" + SHARED + query) as socket:
        await socket.send_bytes(bytes([1, 0]) * 48000 * 2)
        await socket.send_str('{"type": "flush_request"}')
        transcript = await socket.receive_json()

    assert transcript["duration_ms"] == 1000  # the whole second: no audio stays in the converter


@pytest.mark.parametrize(
    ("headers", "protocols"),
    [
        ({"Authorization": "ApiKey right"}, ()),
        ({"Authorization": "Bearer right"}, ()),
        ({}, ("bearer", "right")),
    ],
)
async def test_reson8_accepts_the_right_token_in_all_three_ways(
    headers: dict[str, str], protocols: tuple[str, ...], guarded: LocalServer, http
) -> None:
    url = guarded.url + "/reson8" + SHARED
    async with http.ws_connect(url, headers=headers, protocols=protocols) as socket:
        selected = socket.protocol

    assert selected == (protocols[0] if protocols else None)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "ApiKey wrong"}])
async def test_reson8_refuses_the_upgrade_with_a_wrong_token(
    headers: dict[str, str], guarded: LocalServer, http
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await http.ws_connect(guarded.url + "/reson8" + SHARED, headers=headers)

    assert caught.value.status == 401
    assert caught.value.headers is not None
    assert "X-Error-Message" in caught.value.headers


async def test_elevenlabs_answers_a_wrong_token_with_auth_error(guarded: LocalServer, http) -> None:
    url = guarded.url + "/elevenlabs" + SHARED + "?model_id=m&token=wrong"
    async with http.ws_connect(url) as socket:
        refused = await socket.receive_json()

    assert refused["message_type"] == "auth_error"


async def test_scriptix_answers_a_wrong_token_with_an_error(guarded: LocalServer, http) -> None:
    async with http.ws_connect(guarded.url + "/v2/realtime?token=wrong") as socket:
        refused = await socket.receive_str()

    assert "token" in json.loads(refused)["error"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
async def test_an_address_in_the_network_needs_tokens(host: str) -> None:
    with pytest.raises(ConfigError, match="without tokens"):
        LocalServer(engine=ScriptedEngine(), host=host)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_all_addresses_include_ipv4_and_ipv6(http) -> None:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({"right"}), host="::")
    await server.start()
    port = server.url.rpartition(":")[2]
    statuses = []
    for host in ("127.0.0.1", "[::1]"):
        async with http.get(f"http://{host}:{port}/") as response:
            statuses.append(response.status)
    await server.stop()

    assert statuses == [200, 200]


@pytest.mark.parametrize("host", ["127.0.0.2", "::1", "localhost"])
async def test_an_address_of_this_machine_needs_no_tokens(host: str) -> None:
    assert LocalServer(engine=ScriptedEngine(), host=host).fault is None


async def test_a_port_in_use_is_an_error(server: LocalServer) -> None:
    port = int(server.url.rpartition(":")[2])
    second = LocalServer(engine=ScriptedEngine(), port=port)

    with pytest.raises(ConfigError, match=f"cannot listen at tcp://127.0.0.1:{port}: Address"):
        await second.start()


async def test_stopping_closes_open_sockets_with_a_close_frame(http) -> None:
    server = LocalServer(engine=ScriptedEngine())
    await server.start()
    async with http.ws_connect(server.url + "/reson8" + SHARED) as socket:
        await server.stop()
        end = await socket.receive()

    assert (end.type, end.data) == (aiohttp.WSMsgType.CLOSE, 1001)


async def test_every_request_with_a_services_prefix_is_for_that_service(
    server: LocalServer, http
) -> None:
    async with http.ws_connect(server.url + "/elevenlabs" + SHARED) as socket:
        refused = await socket.receive_json()

    assert refused["message_type"] == "invalid_request"
    assert "model_id" in refused["error"]
