"""The part of Home Assistant 2026.11 that hides fields of a form."""

from typing import Any

import probatio as vol
import pytest
from homeassistant import data_entry_flow

from custom_components.wyoming_bridge import conditional_fields


class Required(vol.Required):
    """The key of a field that Home Assistant 2026.11 can hide."""

    def __init__(self, schema: str, *, visible: list[dict[str, Any]], default: object) -> None:
        super().__init__(schema, default=default)
        self.visible = visible


def let_fields_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Home Assistant hide fields, whatever its version is."""
    monkeypatch.setattr(conditional_fields, "HIDES_FIELDS", True)
    monkeypatch.setattr(data_entry_flow, "Required", Required, raising=False)
