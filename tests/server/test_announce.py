"""How a client finds a bridge by multicast DNS, on the loopback interface."""

import asyncio
import logging
import sys
import uuid
from collections.abc import AsyncIterator

import pytest

from browsing import LOOPBACK, browsing
from patience import PATIENCE_S
from wyoming_bridge.access import Access
from wyoming_bridge.errors import DependencyError
from wyoming_bridge.server.announce import Announcement, Announcer, load_library, reachable


def announcer(access: Access | None = None) -> Announcer:
    return Announcer(version="1.2.3", access=access or Access(), interfaces=LOOPBACK)


def announcement(
    *, hosts: tuple[str, ...] = ("192.0.2.7",), bridge_id: str | None = None
) -> Announcement:
    return Announcement(id=bridge_id or uuid.uuid4().hex, port=10300, hosts=hosts)


class Lines(logging.Handler):
    """The log lines of the announcer, for a test that waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.put_nowait(record.getMessage())

    async def next(self) -> str:
        return await asyncio.wait_for(self._lines.get(), PATIENCE_S)


@pytest.fixture
async def log_lines() -> AsyncIterator[Lines]:
    lines = Lines()
    log = logging.getLogger("wyoming_bridge.server.announce")
    log.addHandler(lines)
    log.setLevel(logging.INFO)
    yield lines
    log.setLevel(logging.NOTSET)
    log.removeHandler(lines)


@pytest.mark.multicast
async def test_a_bridge_is_found_with_everything_that_a_client_needs() -> None:
    where = announcement(hosts=("192.0.2.7", "2001:db8::7", "127.0.0.1", "::1"))
    announcing = announcer(Access(token="r1ght-t0k3n"))
    async with browsing() as network:
        announcing.start([where])
        info = await network.found(where.id)
        await announcing.stop()

    assert info.port == 10300
    assert sorted(info.parsed_addresses()) == ["192.0.2.7", "2001:db8::7"]
    assert info.properties == {b"version": b"1.2.3", b"id": where.id.encode(), b"access": b"token"}


@pytest.mark.multicast
async def test_announcements_are_withdrawn_when_a_bridge_stops() -> None:
    announcements = [announcement(), announcement(hosts=("192.0.2.8",))]
    announcing = announcer(Access(allow=("192.0.2.0/24",)))
    async with browsing() as network:
        announcing.start(announcements)
        found = [await network.found(each.id) for each in announcements]
        await announcing.stop()
        for each in announcements:
            await network.gone(each.id)
        await announcing.stop()

    assert [info.parsed_addresses() for info in found] == [["192.0.2.7"], ["192.0.2.8"]]
    assert [info.properties[b"access"] for info in found] == [b"open", b"open"]


@pytest.mark.multicast
async def test_a_bridge_can_stop_before_it_is_announced() -> None:
    announcing = announcer()
    announcing.start([announcement()])
    async with asyncio.timeout(PATIENCE_S):
        await announcing.stop()

    assert [task for task in asyncio.all_tasks() if task.get_name() == "announce"] == []


@pytest.mark.multicast
async def test_the_log_says_that_two_bridges_have_one_id(log_lines: Lines) -> None:
    where = announcement()
    first, second = announcer(), announcer()
    first.start([where])
    announced = await log_lines.next()
    second.start([where])
    refused = await log_lines.next()
    await second.stop()
    await first.stop()

    assert announced == f"announced as Wyoming Bridge {where.id[:8]} at 192.0.2.7, port 10300"
    assert "another bridge with its id is announced as" in refused
    assert "its own folder in state" in refused


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # zeroconf then leaves a socket open
)
@pytest.mark.multicast
async def test_a_missing_interface_is_logged_and_the_bridge_continues(log_lines: Lines) -> None:
    announcing = Announcer(version="1", access=Access(), interfaces=("203.0.113.1",))
    announcing.start([announcement()])
    line = await log_lines.next()
    await announcing.stop()

    assert line.startswith("the bridge cannot be announced: ")


@pytest.mark.multicast
async def test_a_loopback_address_is_not_announced(log_lines: Lines) -> None:
    announcing = announcer()
    announcing.start([announcement(hosts=("127.0.0.1",))])
    line = await log_lines.next()
    await announcing.stop()

    assert line == "the bridge is not announced: this machine has no network address"


def test_a_bridge_on_all_addresses_is_announced_at_those_that_the_network_reaches() -> None:
    where = reachable(["192.0.2.7", "0.0.0.0", "::", "fe80::7%eth0", "127.0.0.1", "192.0.2.7"])

    assert where[0] == "192.0.2.7"
    assert where.count("192.0.2.7") == 1
    assert not {"127.0.0.1", "::1", "0.0.0.0", "::"} & set(where)
    assert [each for each in where if "%" in each] == []


@pytest.mark.parametrize("library", ["zeroconf", "ifaddr"])
def test_the_error_names_a_missing_library_and_what_installs_it(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(DependencyError, match=rf"{library}; .*'wyoming-bridge\[zeroconf\]'"):
        load_library()
