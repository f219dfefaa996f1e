"""Snapshots of all entities of an account."""

import pytest
from homeassistant.const import STATE_OFF, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import snapshot_platform
from syrupy.assertion import SnapshotAssertion

from accounts import account, set_up_enabled
from servers import Server


@pytest.mark.parametrize(
    ("platform", "entity_id"),
    [
        ("stt", "stt.kitchen"),
        ("event", "event.kitchen_transcript"),
        ("sensor", "sensor.kitchen_response_time"),
        ("switch", "switch.kitchen_record_utterances"),
    ],
)
async def test_the_entities_of_a_platform_have_not_changed(
    platform: str,
    entity_id: str,
    hass: HomeAssistant,
    server: Server,
    entity_registry: er.EntityRegistry,
    *,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.wyoming_bridge.PLATFORMS", [platform])
    entry = account(server)
    await set_up_enabled(hass, entry)

    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)
    assert hass.states.get(entity_id).state in {STATE_UNKNOWN, STATE_OFF}
