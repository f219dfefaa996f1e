"""The status of a running bridge, over HTTP."""

import asyncio
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from patience import PATIENCE_S
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.config.file import load_config
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.errors import BridgeError, ConfigError
from wyoming_bridge.listening import ListenError
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.transcriber import Limits

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
ANYWHERE = Address(host="127.0.0.1", port=0)
OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"), endpointing=RECORDING)


@dataclass(kw_only=True)
class Running:
    """A running bridge, and the address of its status server."""

    app: BridgeApp
    place: tuple[str, int]

    async def get(self, path: str) -> tuple[int, str]:
        return await asyncio.to_thread(_get, f"{self.app.status_url}{path}")

    async def value(self, name: str, **labels: str) -> float:
        _, page = await self.get("/metrics")
        (value,) = [
            sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == f"wyoming_bridge_{name}" and labels.items() <= sample.labels.items()
        ]
        return value


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _get_when_it_listens(url: str) -> tuple[int, str]:
    while True:
        with suppress(urllib.error.URLError):
            return _get(url)


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    apps: list[BridgeApp] = []

    async def start(*profiles: Profile) -> Running:
        app = BridgeApp(Config(listen=ANYWHERE, status=ANYWHERE, profiles=profiles or (OFFLINE,)))
        apps.append(app)
        (uri, _), *_ = await app.start()
        address = Address.parse(uri, key="uri")
        return Running(app=app, place=(address.host, address.port))

    yield start
    for app in apps:
        await app.stop()


async def test_a_running_bridge_is_alive_and_ready(start: Start) -> None:
    bridge = await start()

    assert await bridge.get("/livez") == (HTTPStatus.OK, "alive\n")
    assert await bridge.get("/readyz") == (HTTPStatus.OK, "ready\n")
    assert await bridge.value("refusals_total", reason="full") == 0


async def test_before_its_start_is_complete_a_bridge_is_alive_and_not_ready(
    free_port: int,
) -> None:
    not_here = Address(host="192.0.2.1", port=1)  # the bridge waits until it has this address
    status = Address(host="127.0.0.1", port=free_port)
    app = BridgeApp(Config(listen=not_here, status=status, profiles=(OFFLINE,)))
    starting = asyncio.create_task(app.start())
    url = f"http://127.0.0.1:{free_port}"
    alive = await asyncio.to_thread(_get_when_it_listens, f"{url}/livez")
    ready = await asyncio.to_thread(_get, f"{url}/readyz")
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await app.stop()

    assert alive == (HTTPStatus.OK, "alive\n")
    assert ready == (HTTPStatus.SERVICE_UNAVAILABLE, "the bridge is starting\n")


async def failure_at(status: Address) -> BridgeError:
    """Return the error with which a bridge does not start, because of the address of its status."""
    app = BridgeApp(Config(listen=ANYWHERE, status=status, profiles=(OFFLINE,), listen_timeout_s=0))
    with pytest.raises(BridgeError) as caught:
        await app.start()
    await app.stop()
    return caught.value


async def test_an_address_that_is_taken_is_an_error_with_the_name_of_the_key() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = await failure_at(Address(host="127.0.0.1", port=port))

    assert isinstance(error, ConfigError)
    assert error.message.startswith(f"status: cannot listen at tcp://127.0.0.1:{port}: ")


async def test_an_address_that_the_machine_does_not_get_in_time_has_its_own_error() -> None:
    """systemd starts a bridge again after this error, and not after a wrong configuration."""
    error = await failure_at(Address(host="192.0.2.1", port=1))

    assert isinstance(error, ListenError)
    assert error.message.startswith("status: cannot listen at tcp://192.0.2.1:1: ")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_all_addresses_include_ipv4_and_ipv6() -> None:
    app = BridgeApp(Config(listen=ANYWHERE, status=Address(host="::", port=0), profiles=(OFFLINE,)))
    await app.start()
    assert app.status_url is not None
    port = app.status_url.rpartition(":")[2]
    answers = [
        await asyncio.to_thread(_get, f"http://{host}:{port}/livez")
        for host in ("127.0.0.1", "[::1]")
    ]
    await app.stop()

    assert answers == [(HTTPStatus.OK, "alive\n")] * 2


async def test_a_draining_bridge_is_alive_and_not_ready(start: Start, wyoming_client) -> None:
    bridge = await start()
    async with wyoming_client(*bridge.place) as client:
        await client.say(SPEECH, stop=False)
        await client.write("ping")
        await client.read("pong")
        busy = await bridge.value("clients", state="busy")
        draining = asyncio.create_task(bridge.app.drain())
        alive, ready = await bridge.get("/livez"), await bridge.get("/readyz")
        await client.write("audio-stop")
        answer = await client.answer()
        await asyncio.wait_for(draining, PATIENCE_S)

    assert busy == 1
    assert alive == (HTTPStatus.OK, "alive\n")
    assert ready == (HTTPStatus.SERVICE_UNAVAILABLE, "the bridge is stopping\n")
    assert answer.data["text"] == WORDS


@pytest.fixture
async def service() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({"right"}))
    await server.start()
    yield server
    await server.stop()


def profile_of(service: LocalServer, **values: object) -> Profile:
    token = str(values.pop("token", "right"))
    settings = PROVIDERS[ProviderName.RESON8].settings(url=f"{service.url}/reson8", token=token)
    return Profile(name="kitchen", backend=settings, endpointing=RECORDING, **values)


async def test_a_bridge_whose_only_profile_is_refused_is_not_ready(
    start: Start, service: LocalServer, speak
) -> None:
    bridge = await start(profile_of(service, token="wrong"))
    before = await bridge.get("/readyz")
    reply = await speak(bridge.place, SPEECH)
    status, reason = await bridge.get("/readyz")

    assert before[0] == HTTPStatus.OK
    assert reply.answer.data["code"] == "auth_failed"
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert reason.startswith("no profile can be used; profile kitchen: ")
    assert await bridge.value("ready") == 0
    assert await bridge.value("errors_total", profile="kitchen", code="auth_failed") == 1


async def test_a_bridge_with_another_profile_stays_ready(
    start: Start, service: LocalServer, speak
) -> None:
    bridge = await start(profile_of(service, token="wrong"), OFFLINE)
    await speak(bridge.place, SPEECH)

    assert (await bridge.get("/readyz"))[0] == HTTPStatus.OK


async def test_a_profile_without_budget_is_not_ready_unless_it_has_a_fallback(
    start: Start, service: LocalServer, speak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    alone = await start(profile_of(service, max_seconds_per_day=1.0))
    reply = await speak(alone.place, SPEECH)
    helped = await start(
        profile_of(service, max_seconds_per_day=0.0, fallback=("offline",)), OFFLINE
    )

    assert reply.answer.data["text"] == WORDS
    assert await alone.value("budget_left_seconds", profile="kitchen") == 0
    assert "the limit is 1 s" in (await alone.get("/readyz"))[1]
    assert (await helped.get("/readyz"))[0] == HTTPStatus.OK


async def test_utterances_sessions_and_times_are_counted(
    start: Start, service: LocalServer, speak
) -> None:
    bridge = await start(profile_of(service))
    service.fault = Fault(kind=FaultKind.ERROR, after_audio_ms=300, times=1)
    reply = await speak(bridge.place, SPEECH)

    labels = {"profile": "kitchen"}
    assert reply.answer.data["text"] == WORDS
    assert await bridge.value("utterances_total", ended_by="client", result="complete", **labels)
    assert await bridge.value("sessions_total", **labels) == 2
    assert await bridge.value("replays_total", **labels) == 1
    assert await bridge.value("session_errors_total", **labels) == 1
    assert await bridge.value("response_seconds_count", **labels) == 1
    assert await bridge.value("first_text_seconds_count", **labels) == 1
    assert await bridge.value("audio_sent_seconds_total", **labels) >= 1
    assert WORDS.split()[0] not in (await bridge.get("/metrics"))[1]


async def test_a_session_that_cannot_connect_is_an_error_and_not_a_replay(
    start: Start, free_port: int, speak
) -> None:
    """The bridge tries again and again, but no service gets audio."""
    settings = PROVIDERS[ProviderName.RESON8].settings(url=f"ws://127.0.0.1:{free_port}", token="t")
    limits = Limits(ready_s=1)
    bridge = await start(
        Profile(name="kitchen", backend=settings, endpointing=RECORDING, limits=limits)
    )
    reply = await speak(bridge.place, SPEECH)

    labels = {"profile": "kitchen"}
    assert reply.answer.data["code"] == "cannot_connect"
    assert await bridge.value("sessions_total", **labels) == 0
    assert await bridge.value("replays_total", **labels) == 0
    assert await bridge.value("session_errors_total", code="cannot_connect", **labels) > 1
    assert await bridge.value("audio_sent_seconds_total", **labels) == 0


async def test_a_session_after_one_that_got_no_audio_is_not_a_replay(
    start: Start, service: LocalServer, speak
) -> None:
    bridge = await start(profile_of(service))
    service.fault = Fault(kind=FaultKind.REFUSE, times=1)
    reply = await speak(bridge.place, SPEECH)

    labels = {"profile": "kitchen"}
    assert reply.answer.data["text"] == WORDS
    assert await bridge.value("session_errors_total", **labels) == 1
    assert await bridge.value("sessions_total", **labels) == 1
    assert await bridge.value("replays_total", **labels) == 0


async def test_an_utterance_that_a_fallback_answers_is_counted(
    start: Start, service: LocalServer, speak
) -> None:
    bridge = await start(profile_of(service, token="wrong", fallback=("offline",)), OFFLINE)
    await speak(bridge.place, SPEECH)

    assert await bridge.value("fallbacks_total", profile="kitchen", answered_by="offline") == 1


async def test_an_utterance_whose_client_leaves_is_abandoned(start: Start, wyoming_client) -> None:
    bridge = await start()
    async with wyoming_client(*bridge.place) as client:
        await client.say(SPEECH, stop=False)
        await client.write("ping")
        await client.read("pong")
        client.reset()
    async with asyncio.timeout(PATIENCE_S):
        while await bridge.value("clients", state="busy"):
            pass

    assert await bridge.value("utterances_total", result="abandoned") == 1


async def test_without_the_library_the_probes_work_and_the_metrics_say_what_to_install(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "wyoming_bridge.status.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    bridge = await start()
    status, text = await bridge.get("/metrics")

    assert await bridge.get("/readyz") == (HTTPStatus.OK, "ready\n")
    assert status == HTTPStatus.NOT_IMPLEMENTED
    assert "pip install 'wyoming-bridge[metrics]'" in text


@pytest.mark.parametrize(
    "text", ["nowhere", "http://127.0.0.1:1", "user@127.0.0.1:1", "127.0.0.1:99999", "::1:5"]
)
def test_an_address_of_another_form_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(f"status: '{text}'\n")

    with pytest.raises(ConfigError, match="status: must be host:port"):
        load_config(path)


def test_without_the_key_there_is_no_status(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text("log: info\n")

    assert load_config(path).status is None
    assert BridgeApp(Config()).status_url is None
