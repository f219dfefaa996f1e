"""The release zip in an empty configuration folder."""

import asyncio
import sys
import zipfile
from pathlib import Path

import pytest

from accounts import SERVICES, add_account, say, service_form
from assist import SPOKEN_TEXT
from live_hass import LiveHass
from programs import LocalServer

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
async def integration(folder: Path) -> Path:
    """Build the zip and unpack it as the Marketplace does."""
    build = await asyncio.create_subprocess_exec(sys.executable, ROOT / "script" / "build-release")
    assert await build.wait() == 0
    with zipfile.ZipFile(ROOT / "dist" / "wyoming_bridge.zip") as release:
        release.extractall(folder / "wyoming_bridge")
    return folder / "wyoming_bridge"


@pytest.mark.parametrize("service", SERVICES)
async def test_the_release_transcribes(
    service: str, hass: LiveHass, recogniser: LocalServer
) -> None:
    number = SERVICES.index(service)
    account = await add_account(
        hass, service, **service_form(service, recogniser, token=f"token-{number}")
    )

    run = await say(hass, account)

    assert run.text == SPOKEN_TEXT
    assert not (hass.folder / "custom_components" / "wyoming_bridge" / "bridge" / "local").exists()
