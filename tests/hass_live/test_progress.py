"""Partial results, for which Home Assistant has words since 2026.11."""

import shutil
from pathlib import Path

import pytest

from accounts import SERVICES, add_account, service_form
from assist import SAID, SAMPLES
from hass_client import items, mapping, text
from live_hass import LiveHass
from programs import LocalServer

PROGRESS = Path(__file__).parent / "integrations" / "progress"


@pytest.fixture(scope="module")
def helpers() -> list[Path]:
    """What asks for them: nobody in Home Assistant does yet."""
    return [PROGRESS]


@pytest.mark.parametrize("service", SERVICES)
async def test_the_text_grows_and_the_last_is_the_result(
    service: str, hass: LiveHass, recogniser: LocalServer
) -> None:
    token = f"token-{SERVICES.index(service)}"
    account = await add_account(hass, service, **service_form(service, recogniser, token=token))
    shutil.copy(SAMPLES / "something.wav", hass.media)

    answer = await hass.client.call(
        "progress",
        "transcribe",
        entity_id=account.entity_id,
        language="en",
        file=str(hass.media / "something.wav"),
    )

    said = [(text(each, "kind"), text(each, "text")) for each in items(mapping(answer)["said"])]
    partials = [words for kind, words in said if kind == "PartialSpeechResult"]
    assert said[-1] == ("SpeechResult", SAID)
    assert len(said) == len(partials) + 1
    assert len(set(partials)) > 2
    assert "go somewhere" in partials
