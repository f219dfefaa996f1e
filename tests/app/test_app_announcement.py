"""A bridge that the Supervisor runs as an app announces its address."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from supervisors import FakeSupervisor
from wyoming_bridge.app.identity import bridge_id
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.home import SupervisorApi

OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))
HERE = Address(host="127.0.0.1", port=0)


@pytest.fixture
async def supervisor() -> AsyncIterator[FakeSupervisor]:
    supervisor = FakeSupervisor()
    supervisor.home.integrations.add("wyoming_bridge")
    await supervisor.start()
    yield supervisor
    await supervisor.stop()


async def test_the_app_is_announced_with_all_that_the_integration_needs(
    supervisor: FakeSupervisor, start_bridge, tmp_path: Path
) -> None:
    _, port = await start_bridge(
        Config(
            listen=HERE,
            profiles=(OFFLINE,),
            state=tmp_path,
            access=Access(token="acc3ss-t0k3n-0123"),
            supervisor=SupervisorApi(url=supervisor.url, token=supervisor.token),
        )
    )
    await supervisor.until(lambda: bool(supervisor.messages))

    assert "announce to Home Assistant" in {task.get_name() for task in asyncio.all_tasks()}
    (message,) = supervisor.messages.values()
    assert message["service"] == "wyoming_bridge"
    assert message["config"] == {
        "host": socket.gethostname(),
        "port": port,
        "id": bridge_id(tmp_path),
        "token": "acc3ss-t0k3n-0123",
    }


async def test_a_bridge_that_is_not_an_app_is_not_announced_to_a_supervisor(
    start_bridge, tmp_path: Path
) -> None:
    await start_bridge(Config(listen=HERE, profiles=(OFFLINE,), state=tmp_path))

    assert "announce to Home Assistant" not in {task.get_name() for task in asyncio.all_tasks()}
