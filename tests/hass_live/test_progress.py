"""Partial results, which Home Assistant supports since 2026.11."""

import shutil
from pathlib import Path

import pytest

from accounts import SERVICES, add_account, service_form
from assist import SAMPLES, SPOKEN_TEXT
from hass_client import items, mapping, text
from live_hass import LiveHass
from programs import LocalServer

PROGRESS = Path(__file__).parent / "integrations" / "progress"


@pytest.fixture(scope="module")
def helpers() -> list[Path]:
    """Return the test integration that asks for partial results."""
    return [PROGRESS]


@pytest.mark.parametrize("service", SERVICES)
async def test_the_partials_grow_to_the_result(
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

    results = [
        (text(each, "kind"), text(each, "text")) for each in items(mapping(answer)["results"])
    ]
    partials = [words for kind, words in results if kind == "PartialSpeechResult"]
    assert results[-1] == ("SpeechResult", SPOKEN_TEXT)
    assert len(results) == len(partials) + 1
    assert len(set(partials)) > 2
    assert any(text.startswith("go some") for text in partials)  # "somewhere" may be unfinished
