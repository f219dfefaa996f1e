"""The announcement of an app, against a Supervisor on a real socket."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from supervisors import FakeSupervisor
from wyoming_bridge.home import SupervisorApi
from wyoming_bridge.home.announcing import AnnouncedBridge, AppAnnouncer

BRIDGE = AnnouncedBridge(host="0a1b2c3d-wyoming-bridge", port=10300, id="0123456789abcdef" * 2)
SLUG = "0a1b2c3d_wyoming_bridge"
TOKEN = "s3cr3t"
ACCESS_TOKEN = "r1ght-t0k3n-of-the-bridge"


@pytest.fixture
async def supervisor() -> AsyncIterator[FakeSupervisor]:
    supervisor = FakeSupervisor()
    await supervisor.start()
    yield supervisor
    await supervisor.stop()


@asynccontextmanager
async def announcing(
    supervisor: FakeSupervisor, *, bridge: AnnouncedBridge = BRIDGE, token: str = TOKEN
) -> AsyncIterator[None]:
    """Announce the bridge. The announcer checks again after 1 ms, not after five minutes."""
    api = SupervisorApi(url=supervisor.url, token=token)
    announcer = AppAnnouncer(api, bridge, check_s=0.001, first_retry_s=0.001)
    announcer.start()
    try:
        yield
    finally:
        await announcer.stop()


async def checked(supervisor: FakeSupervisor, *, times: int = 3) -> None:
    """Wait for more checks. If the announcer wrongly repeats an action, it does so in a check."""
    until = supervisor.checks + times
    await supervisor.until(lambda: supervisor.checks >= until)


def announced(supervisor: FakeSupervisor) -> dict[str, object]:
    return {each["service"]: each["config"] for each in supervisor.messages.values()}


async def test_without_our_integration_the_bridge_is_announced_to_that_of_home_assistant(
    supervisor: FakeSupervisor,
) -> None:
    async with announcing(supervisor):
        await checked(supervisor)

    assert announced(supervisor) == {"wyoming": {"uri": "tcp://0a1b2c3d-wyoming-bridge:10300"}}


async def test_only_our_integration_gets_the_announcement_if_it_is_installed(
    supervisor: FakeSupervisor,
) -> None:
    supervisor.home.integrations.add("wyoming_bridge")

    async with announcing(supervisor):
        await checked(supervisor)

    assert announced(supervisor) == {
        "wyoming_bridge": {"host": "0a1b2c3d-wyoming-bridge", "port": 10300, "id": BRIDGE.id}
    }


async def test_the_access_token_is_announced_only_to_our_integration(
    supervisor: FakeSupervisor, caplog: pytest.LogCaptureFixture
) -> None:
    bridge = AnnouncedBridge(host="b", port=10300, id=BRIDGE.id, token=ACCESS_TOKEN)

    async with announcing(supervisor, bridge=bridge):
        await checked(supervisor)
        assert announced(supervisor) == {}
        supervisor.home.integrations.add("wyoming_bridge")
        await supervisor.until(lambda: bool(supervisor.messages))

    (config,) = announced(supervisor).values()
    assert config == {"host": "b", "port": 10300, "id": BRIDGE.id, "token": ACCESS_TOKEN}
    assert (
        len([r for r in caplog.records if "which the integration wyoming cannot use" in r.message])
        == 1
    )
    assert ACCESS_TOKEN not in f"{caplog.text}{bridge}"


async def test_an_open_form_is_replaced_when_our_integration_is_installed(
    supervisor: FakeSupervisor,
) -> None:
    async with announcing(supervisor):
        await supervisor.until(lambda: bool(supervisor.messages))
        (message,) = supervisor.messages
        supervisor.add_flow(app=SLUG, message=message)
        other = supervisor.add_flow(app="core_whisper", message="0" * 32)
        supervisor.home.integrations.add("wyoming_bridge")
        await supervisor.until(lambda: "withdraw" in supervisor.done)
        await checked(supervisor)

    assert list(announced(supervisor)) == ["wyoming_bridge"]
    assert supervisor.home.flows == [other]
    assert supervisor.done == [
        "announce wyoming",
        "announce wyoming_bridge",
        "close form",
        "withdraw",
    ]


async def test_an_announcement_that_the_user_has_accepted_is_kept(
    supervisor: FakeSupervisor,
) -> None:
    async with announcing(supervisor):
        await supervisor.until(lambda: bool(supervisor.messages))
        supervisor.home.integrations.add("wyoming_bridge")  # the user has submitted the form
        await supervisor.until(lambda: len(supervisor.messages) > 1)
        await checked(supervisor)

    assert set(announced(supervisor)) == {"wyoming", "wyoming_bridge"}
    assert supervisor.done == ["announce wyoming", "announce wyoming_bridge"]


async def test_a_form_that_the_user_submits_meanwhile_is_kept(supervisor: FakeSupervisor) -> None:
    supervisor.is_user_faster = True
    supervisor.home.integrations.add("wyoming_bridge")
    supervisor.messages["1" * 32] = {"uuid": "1" * 32, "service": "wyoming", "config": {}}
    supervisor.add_flow(app=SLUG, message="1" * 32)

    async with announcing(supervisor):
        await checked(supervisor)

    assert supervisor.home.flows == []
    assert set(announced(supervisor)) == {"wyoming", "wyoming_bridge"}


async def test_nothing_is_withdrawn_when_the_bridge_stops(supervisor: FakeSupervisor) -> None:
    async with announcing(supervisor):
        await supervisor.until(lambda: bool(supervisor.messages))

    assert supervisor.done == ["announce wyoming"]


async def test_an_app_whose_home_assistant_starts_later_is_announced_then(
    supervisor: FakeSupervisor, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor.is_home_running = False

    async with announcing(supervisor):
        await supervisor.until(lambda: supervisor.done.count("home is away") > 2)
        supervisor.is_home_running = True
        await supervisor.until(lambda: bool(supervisor.messages))

    warnings = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith("the bridge cannot be announced: Home Assistant: ")


async def test_the_reason_of_the_supervisor_is_logged_without_the_token(
    supervisor: FakeSupervisor, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor.listed.clear()

    async with announcing(supervisor):
        await checked(supervisor)

    assert "POST /discovery is not allowed (Apps must list services" in caplog.text
    assert TOKEN not in caplog.text


async def test_a_wrong_token_is_logged_once_and_without_it(
    supervisor: FakeSupervisor, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor.token = "another"

    async with announcing(supervisor):
        await supervisor.until(lambda: supervisor.done.count("wrong token") > 2)

    assert caplog.text.count("the token is not accepted (Invalid access)") == 1
    assert TOKEN not in caplog.text
