"""Wrong values of the actions are answered with a text, not with an error of the server."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from accounts import KITCHEN, account, set_up
from servers import Server

OTHER_KINDS = (7, -0.5, True, False, None, [], [""], [7], {}, {"": ""})
BLANK = ("", " ", "\t\n")


def wrong_calls(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the data of calls that have one wrong field or two swapped ones."""
    valid = {"entity_id": KITCHEN, "source": str(folder / "hello.wav"), "language": "en"}
    yield {}
    yield {name: value for name, value in valid.items() if name != "entity_id"}
    yield {name: value for name, value in valid.items() if name != "source"}
    for source in (*BLANK, *OTHER_KINDS, str(folder / "letter.txt"), str(folder / "nothing.wav")):
        yield {**valid, "source": source}
    for language in ("klingon", "de-", "en,nl", *OTHER_KINDS):
        yield {**valid, "language": language}
    for one, other in combinations(valid, 2):
        yield {**valid, one: valid[other], other: valid[one]}
    yield {**valid, "volume": 7}


async def test_wrong_values_of_the_action_are_answered_with_a_text(
    hass: HomeAssistant,
    server: Server,
    folder: Path,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await async_setup_component(hass, "api", {})
    await set_up(hass, account(server))
    client = await hass_client()
    url = "/api/services/wyoming_bridge/transcribe?return_response"
    statuses = {}

    for data in wrong_calls(folder):
        response = await client.post(url, json=data)
        statuses[str(data)] = response.status
        assert (await response.text()).strip(), data

    assert set(statuses.values()) == {HTTPStatus.BAD_REQUEST}, statuses
    assert "Traceback" not in caplog.text
