"""The values of an entity's form and its stored data are converted into each other."""

import pytest
from homeassistant.data_entry_flow import section
from probatio import Schema

from custom_components.wyoming_bridge.bridge import ProviderName
from custom_components.wyoming_bridge.entity_data import form_values, stored_data
from entity_forms import FORMS, endpoint_of, form_of

STORED = {"name", "language", "override", "recognition", "end_of_speech", "bias", "limits"}
"""The keys that the stored data of an entity can have."""


@pytest.mark.parametrize("provider", FORMS)
def test_stored_data_survives_the_form(provider: ProviderName | None) -> None:
    form = form_of(provider, fallbacks=[{"value": "id", "label": "Hall"}])
    sections = {str(key): {} for key, field in form.items() if isinstance(field, section)}
    data = stored_data(Schema(form)({"name": "Kitchen", "language": "nl", **sections}))

    assert stored_data(form_values(data, provider)) == data
    assert set(data) <= STORED
    assert set(data["end_of_speech"]) == endpoint_of(provider)
    assert "advanced" not in data


def test_settings_of_another_release_are_not_in_the_form() -> None:
    assert form_values({"end_of_speech": {"later": 1}, "later": {"more": 2}}, None) == {}
