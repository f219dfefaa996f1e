"""The reports of the bridge to its service manager, on real sockets."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from patience import PATIENCE_S
from virtual_time import in_virtual_time
from wyoming_bridge.app.service_manager import ServiceManager

PID = 4711


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A service manager: the value for ``NOTIFY_SOCKET``, and the socket that it reads."""
    name = str(tmp_path / "notify") if request.param == "file" else f"@{tmp_path}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        sock.settimeout(PATIENCE_S)
        yield name, sock


def test_each_report_is_one_datagram_of_lines(manager: tuple[str, socket.socket]) -> None:
    address, sock = manager

    with closing(ServiceManager({"NOTIFY_SOCKET": address}, pid=PID)) as reports:
        reports.ready("Listening at tcp://127.0.0.1:10300")
        reports.alive("Listening")
        reports.failing("Not serving: two\nlines")
        reports.stopping()

    assert [sock.recv(4096).decode() for _ in range(4)] == [
        "READY=1\nSTATUS=Listening at tcp://127.0.0.1:10300",
        "WATCHDOG=1\nSTATUS=Listening",
        "STATUS=Not serving: two lines",
        "STOPPING=1\nSTATUS=Stopping",
    ]


def test_a_long_start_asks_for_more_time_until_it_ends(
    manager: tuple[str, socket.socket],
) -> None:
    address, sock = manager

    @in_virtual_time
    async def scenario() -> None:
        with closing(ServiceManager({"NOTIFY_SOCKET": address}, pid=PID)) as reports:
            async with reports.starting():
                await asyncio.sleep(45)
            await asyncio.sleep(600)
            reports.ready("Listening")

    scenario()

    assert [sock.recv(4096).decode() for _ in range(3)] == [
        "EXTEND_TIMEOUT_USEC=60000000",
        "EXTEND_TIMEOUT_USEC=60000000",
        "READY=1\nSTATUS=Listening",
    ]


def test_a_reload_is_reported_with_the_monotonic_time(manager: tuple[str, socket.socket]) -> None:
    address, sock = manager
    before_us = time.monotonic_ns() // 1000

    with closing(ServiceManager({"NOTIFY_SOCKET": address}, pid=PID)) as reports:
        reports.reloading()

    first, second = sock.recv(4096).decode().split("\n")
    name, _, at_us = second.partition("=")
    assert (first, name) == ("RELOADING=1", "MONOTONIC_USEC")
    assert before_us <= int(at_us) <= time.monotonic_ns() // 1000


@pytest.mark.parametrize(
    ("environment", "limit_s"),
    [
        ({"WATCHDOG_USEC": "90000000"}, 90.0),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": str(PID)}, 90.0),
        ({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": str(PID + 1)}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
    ids=["any", "this", "another", "off", "broken", "none"],
)
def test_the_watchdog_is_that_of_this_process(
    environment: dict[str, str], limit_s: float | None
) -> None:
    given = {"NOTIFY_SOCKET": "@unused", **environment}

    with closing(ServiceManager(given, pid=PID)) as reports:
        assert reports.watchdog_s == limit_s
    assert ServiceManager(environment, pid=PID).watchdog_s is None


def test_a_service_manager_that_is_gone_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}, pid=PID)) as reports:
        reports.ready("Listening")
        reports.stopping()

    assert [record.getMessage() for record in caplog.records] == [
        "the service manager cannot be reached: No such file or directory"
    ]


def test_without_a_service_manager_nothing_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager({}, pid=PID).ready("Listening")

    assert caplog.records == []
