"""Fixtures: Home Assistant in memory with the integration, and real local servers and bridges."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from functools import lru_cache
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

# Home Assistant looks for integrations in the package ``custom_components``. The pytest plugin has
# a package of the same name, so import the project's package first.
import custom_components  # noqa: F401
import debug_stacks
from accounts import SERVICES, account, bridge_account
from bridges import Bridge, StartBridge
from custom_components.wyoming_bridge import profiles
from custom_components.wyoming_bridge.bridge.house import language
from fakes import VllmFake
from foreign_servers import ForeignServers
from recordings import recording
from repair_dialogs import Repairs
from servers import Server, StartServer
from wyoming_bridge.config.values import TlsFiles
from wyoming_bridge.house import House
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine
from wyoming_bridge.transcriber import Limits

_built = lru_cache(maxsize=8)(language.HouseLanguage)
"""Return the commands of a house. The key is the house alone."""

debug_stacks.shorten()  # Home Assistant's plugin turns on asyncio's debug mode


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let each test load the integration."""


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up a stopped service after 5 s instead of the default of 15 s.

    On a busy machine, a service that runs may need seconds until it is ready.
    """
    monkeypatch.setattr(profiles, "LIMITS", Limits(ready_s=5))


@pytest.fixture(autouse=True)
def _each_house_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reuse the commands that were built for an equal house in an earlier test.

    Home Assistant is new in each test, but its house is nearly always the same, and building its
    commands took a quarter of the CPU time of these tests. So these tests cannot notice a module of
    the house that is imported in the event loop; the whole runs do (``tests/hass_live/watched``).
    """

    def reuse(house: House, *, is_wanted: Callable[[], bool]) -> language.HouseLanguage:
        return _built(house)

    monkeypatch.setattr(language, "HouseLanguage", reuse)


@pytest.fixture
def _no_house_is_built_yet() -> None:
    """Forget what earlier tests have built."""
    _built.cache_clear()


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return a snapshot in Home Assistant's format, without IDs and times."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a configuration folder per test, so that tests share no stored data."""
    return hass_tmp_config_dir


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a folder that Home Assistant may read, with an audio file and a text file."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    (folder / "hello.wav").write_bytes(recording())
    (folder / "letter.txt").write_text("Dear Sir or Madam")
    (tmp_path / "secret.wav").write_bytes(recording())
    hass.config.allowlist_external_dirs = {str(folder)}
    hass.config.media_dirs = {"local": str(folder)}
    return folder


@pytest.fixture
async def exits(socket_enabled: None) -> AsyncIterator[AsyncExitStack]:
    """Return a stack; servers that are started with it are stopped after the test."""
    async with AsyncExitStack() as exits:
        yield exits


@pytest.fixture
def start_server(exits: AsyncExitStack) -> StartServer:
    """Return a function that starts local realtime servers with the token ``servers.TOKEN``."""

    async def start(*, behaviour: Behaviour | None = None, engine: Engine | None = None) -> Server:
        return await Server(behaviour=behaviour, engine=engine).started(exits)

    return start


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """Start a local realtime server."""
    return await start_server()


@pytest.fixture
def start_bridge(exits: AsyncExitStack) -> StartBridge:
    """Return a function that starts bridges; its arguments are those of ``Bridge``."""

    async def start(
        *names: str,
        token: str | None = None,
        tls: TlsFiles | None = None,
        bridge_id: str | None = None,
    ) -> Bridge:
        return await Bridge(*names, token=token, tls=tls, bridge_id=bridge_id).started(exits)

    return start


@pytest.fixture
async def bridge(start_bridge: StartBridge) -> Bridge:
    """Start a bridge with one profile."""
    return await start_bridge()


@pytest.fixture
def accounts(server: Server, bridge: Bridge) -> Mapping[str, MockConfigEntry]:
    """Return an account of each service and one of a remote bridge; they are not added yet."""
    services = {name: account(server, name) for name in SERVICES}
    return services | {"bridge": bridge_account(bridge)}


@pytest.fixture
def repairs(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Repairs:
    """Return the repair dialogs."""
    return Repairs(hass, hass_client)


@pytest.fixture
async def foreign_servers(socket_enabled: None) -> AsyncIterator[ForeignServers]:
    """Return a factory of servers that are neither services nor bridges, and of unused ports."""
    servers = ForeignServers()
    yield servers
    await servers.stop()


@pytest.fixture(autouse=True)
async def _core(hass: HomeAssistant) -> None:
    """Set up the parts that every Home Assistant has, such as exposed entities."""
    assert await async_setup_component(hass, "homeassistant", {})


@pytest.fixture
async def vllm(socket_enabled: None) -> AsyncIterator[VllmFake]:
    """Start a server that takes no terms, and that does not end an utterance itself."""
    async with VllmFake() as server:
        yield server
