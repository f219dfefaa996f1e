"""The release zip in an empty configuration folder."""

from pathlib import Path

import pytest

from accounts import SERVICES, add_account, say, service_form
from assist import SPOKEN_TEXT
from live_hass import LiveHass
from programs import LocalServer
from releases import unpack_release


@pytest.fixture(scope="module")
def integration(folder: Path) -> Path:
    """Unpack the release zip, and return the folder of the integration."""
    return unpack_release(folder)


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
