"""What the whole runs share: a Home Assistant for each module, and who understands English."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from live_hass import INTEGRATION, LiveHass
from programs import LocalServer

TOKENS = tuple(f"token-{number}" for number in range(20))
"""Many, since there is one account for each token at the most."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the module's own."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
async def recogniser(folder: Path) -> AsyncIterator[LocalServer]:
    """A local realtime server that understands English; it wants one of the tokens."""
    async with LocalServer(folder, engine="pocketsphinx", tokens=TOKENS) as server:
        yield server


@pytest.fixture(scope="module")
def integration() -> Path:
    """What is installed as ours."""
    return INTEGRATION


@pytest.fixture(scope="module")
def helpers() -> list[Path]:
    """Integrations of the tests beside it: none."""
    return []


@pytest.fixture(scope="module")
async def hass(
    folder: Path, integration: Path | None, helpers: list[Path]
) -> AsyncIterator[LiveHass]:
    """A Home Assistant with our integration, whose log has nothing unwanted in the end."""
    async with LiveHass(folder / "config", integration=integration, helpers=helpers) as home:
        yield home
    assert home.unwanted() == []
