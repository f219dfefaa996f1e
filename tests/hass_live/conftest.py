"""Fixtures: a real Home Assistant and a recogniser, which are started for each module of tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chromium import find_browser
from live_hass import INTEGRATION, LiveHass
from programs import LocalServer

TOKENS = tuple(f"token-{number}" for number in range(20))
"""The tokens of the server: enough for all tests, because each token can have only one account."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder for the files of the module."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
async def recogniser(folder: Path) -> AsyncIterator[LocalServer]:
    """Start a local realtime server that understands English and accepts ``TOKENS``."""
    async with LocalServer(folder, engine="pocketsphinx", tokens=TOKENS) as server:
        yield server


@pytest.fixture(scope="module")
async def browser() -> str:
    """Return the path of a Chromium."""
    return await find_browser()


@pytest.fixture(scope="module")
def integration() -> Path:
    """Return the integration to install."""
    return INTEGRATION


@pytest.fixture(scope="module")
def helpers() -> list[Path]:
    """Return additional test integrations: none."""
    return []


@pytest.fixture(scope="module")
async def hass(
    folder: Path, integration: Path | None, helpers: list[Path]
) -> AsyncIterator[LiveHass]:
    """Start Home Assistant with the integration. After the tests, check Home Assistant's log."""
    async with LiveHass(folder / "config", integration=integration, helpers=helpers) as home:
        yield home
    assert home.unwanted() == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured with ``record_property``. No test asserts these values."""
    for report in terminalreporter.getreports("passed"):
        for what, measured in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid}: {what}: {measured}")
