"""A bridge that the network can reach: the warning about open access, and the announcement."""

import asyncio
import errno
import logging
import socket
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from ifaddr import get_adapters

from browsing import LOOPBACK, browsing
from wyoming_bridge import listening
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.app.identity import id_of_part
from wyoming_bridge.client import describe
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.errors import ConfigError, DependencyError
from wyoming_bridge.listening import ListenError
from wyoming_bridge.page.settings import PageSettings

OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))
KITCHEN = replace(OFFLINE, name="kitchen")
HERE = Address(host="127.0.0.1", port=0)
EVERYWHERE = Address(host="0.0.0.0", port=0)
LATE = Address(host="192.0.2.1", port=0)
MISSING = Address(host="192.0.2.9", port=1)

IN_A_NETWORK = any(
    each.is_IPv4 and not str(each.ip).startswith("127.")
    for adapter in get_adapters()
    for each in adapter.ips
)


@pytest.mark.parametrize(
    ("listen", "access", "warnings"),
    [
        (EVERYWHERE, Access(), 1),
        (EVERYWHERE, Access(token="t0k3n"), 0),
        (EVERYWHERE, Access(allow=("192.0.2.0/24",)), 0),
        (HERE, Access(), 0),
        (Address(host="localhost", port=0), Access(), 0),
    ],
)
async def test_a_bridge_that_any_client_may_use_warns_once(
    listen: Address,
    access: Access,
    warnings: int,
    start_bridge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await start_bridge(Config(listen=listen, profiles=(OFFLINE,), access=access))

    lines = [r.message for r in caplog.records if "any client that can reach tcp://" in r.message]
    assert len(lines) == warnings
    assert all("access_token or allow" in line for line in lines)


@pytest.mark.parametrize(
    "config",
    [
        Config(listen=MISSING, status=LATE, profiles=(OFFLINE,)),
        Config(listen=LATE, profiles=(OFFLINE, replace(KITCHEN, listen=MISSING))),
        Config(
            listen=HERE,
            status=LATE,
            page=PageSettings(address=f"{MISSING.host}:1", ingress=True),
            profiles=(OFFLINE,),
        ),
    ],
    ids=["status", "another-listener", "page"],
)
async def test_all_addresses_share_the_time_for_which_the_start_may_wait(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Counter[str]()
    bind_now = listening._bind_now  # noqa: SLF001 - no address appears while a test runs

    async def bind_late(host: str, port: int) -> list[socket.socket]:
        tries[host] += 1
        if host == MISSING.host:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        await asyncio.sleep(0.02)  # longer than the start may wait
        return await bind_now(HERE.host, port)

    monkeypatch.setattr(listening, "_bind_now", bind_late)
    app = BridgeApp(replace(config, state=tmp_path, listen_timeout_s=0.01))

    with pytest.raises(ListenError, match=r"tried for 0 s, because all addresses share 0\.01 s"):
        await app.start()
    await app.stop()

    assert tries[MISSING.host] == 1


async def test_a_bridge_on_a_loopback_address_is_not_announced(
    start_bridge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await start_bridge(Config(listen=HERE, profiles=(OFFLINE,), state=tmp_path, zeroconf=True))

    assert "the bridge is not announced: only clients on this machine can reach it" in caplog.text


@pytest.mark.skipif(not IN_A_NETWORK, reason="this machine has no network address")
@pytest.mark.multicast
async def test_a_bridge_is_announced_under_its_id_until_it_stops(tmp_path: Path) -> None:
    config = Config(
        listen=EVERYWHERE,
        profiles=(OFFLINE,),
        access=Access(token="t0k3n"),
        state=tmp_path,
        zeroconf=True,
    )
    app = BridgeApp(config, announce_at=LOOPBACK)
    async with browsing() as network:
        (uri, _), *_ = await app.start()
        known = (tmp_path / "bridge-id").read_text().strip()
        info = await network.found(known)
        await app.stop()
        await network.gone(known)

    assert info.port == int(uri.rpartition(":")[2])
    assert info.decoded_properties["id"] == known
    assert info.decoded_properties["access"] == "token"


async def test_a_bridge_reports_its_id_and_another_id_at_each_address_of_a_single_profile(
    start_bridge, free_port: int, tmp_path: Path
) -> None:
    own = Address(host="127.0.0.1", port=free_port)
    config = Config(listen=HERE, profiles=(OFFLINE, replace(KITCHEN, listen=own)), state=tmp_path)

    host, port = await start_bridge(config)

    known = (tmp_path / "bridge-id").read_text().strip()
    assert (await describe(host=host, port=port)).id == known
    assert (await describe(host=own.host, port=own.port)).id == id_of_part(known, "kitchen")


async def test_two_bridges_with_one_folder_do_not_have_the_same_id(
    start_bridge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(listen=HERE, profiles=(OFFLINE,), state=tmp_path)
    first = BridgeApp(config)
    ((uri, _),) = await first.start()
    place = Address.parse(uri, key="uri")
    known = (await describe(host=place.host, port=place.port)).id

    host, port = await start_bridge(config)
    while_both_run = (await describe(host=host, port=port)).id
    await first.stop()
    host, port = await start_bridge(config)

    assert known
    assert while_both_run is None
    assert "give each bridge its own folder in state" in caplog.text
    assert (await describe(host=host, port=port)).id == known


async def test_a_bridge_without_a_state_folder_has_no_id(
    start_bridge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()

    host, port = await start_bridge(
        Config(listen=HERE, profiles=(OFFLINE,), state=tmp_path / "file")
    )

    assert (await describe(host=host, port=port)).id is None
    assert "clients know it by its address: state: " in caplog.text


async def test_a_missing_library_is_an_error_before_the_bridge_listens(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    listen = Address(host="127.0.0.1", port=free_port)
    app = BridgeApp(Config(listen=listen, profiles=(OFFLINE,), zeroconf=True))

    with pytest.raises(DependencyError, match="zeroconf needs the library zeroconf"):
        await app.start()
    await app.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", free_port)) != 0


async def test_the_error_names_the_id_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = Config(listen=EVERYWHERE, profiles=(OFFLINE,), state=tmp_path / "file", zeroconf=True)
    app = BridgeApp(config, announce_at=LOOPBACK)

    with pytest.raises(ConfigError, match=r"state: .*bridge-id: File exists"):
        await app.start()
    await app.stop()
