"""Home Assistant in memory, which finds the integration where it is developed; real services."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Home Assistant looks for integrations in the package of this name. Whoever imports it first
# decides where it is: here that must be the project, not the plugin's own folder.
import custom_components  # noqa: F401
from accounts import SERVICES, account, bridge_account
from bridges import Bridge, StartBridge
from recordings import recording
from servers import Server, StartServer
from strangers import Strangers
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Each test may load the integration."""


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Written as Home Assistant writes its own: without ids and times."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A folder of its own: what is remembered must not last longer than a test."""
    return hass_tmp_config_dir


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """One that Home Assistant may read, with a recording and something else in it."""
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
    """What the test has started ends with it."""
    async with AsyncExitStack() as exits:
        yield exits


@pytest.fixture
def start_server(exits: AsyncExitStack) -> StartServer:
    """Starts local realtime servers that want the token ``servers.TOKEN``."""

    async def start(*, behaviour: Behaviour | None = None, engine: Engine | None = None) -> Server:
        return await Server(behaviour=behaviour, engine=engine).started(exits)

    return start


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """One of them."""
    return await start_server()


@pytest.fixture
def start_bridge(exits: AsyncExitStack) -> StartBridge:
    """Starts bridges with profiles of these names, and perhaps an access token."""

    async def start(*names: str, token: str | None = None) -> Bridge:
        return await Bridge(*names, token=token).started(exits)

    return start


@pytest.fixture
async def bridge(start_bridge: StartBridge) -> Bridge:
    """One of them, with one profile."""
    return await start_bridge()


@pytest.fixture
def accounts(server: Server, bridge: Bridge) -> Mapping[str, MockConfigEntry]:
    """One of each service, and one of a bridge elsewhere; none is added yet."""
    services = {name: account(server, name) for name in SERVICES}
    return services | {"bridge": bridge_account(bridge)}


@pytest.fixture
async def strangers(socket_enabled: None) -> AsyncIterator[Strangers]:
    """Servers that are none of ours, and addresses where nobody listens."""
    strangers = Strangers()
    yield strangers
    await strangers.stop()


@pytest.fixture(autouse=True)
async def _core(hass: HomeAssistant) -> None:
    """What every Home Assistant has: exposed entities, for one."""
    assert await async_setup_component(hass, "homeassistant", {})
