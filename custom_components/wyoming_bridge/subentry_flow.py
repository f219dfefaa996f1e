"""Subentry flow: add a speech-to-text entity to an account, and reconfigure it."""

from collections.abc import Mapping
from typing import Any

import probatio as vol
from homeassistant.config_entries import (
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .bridge import PROVIDERS, BridgeError, BridgeInfo, ConfigError
from .const import (
    CONF_FALLBACK,
    CONF_OVERRIDE,
    CONF_PROFILE,
    DOMAIN,
    SECTION_LIMITS,
    SUBENTRY_STT,
)
from .failures import failure_of
from .forms import TERM_LIMITS, cleaned, entity_fields
from .profiles import endpointing_of, is_bridge, new_profile, protocol_of, with_current_names
from .speech_service import describe_bridge


class SpeechToTextFlow(ConfigSubentryFlow):
    """Set up one entity in one form, whose advanced settings are collapsed."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an entity."""
        if user_input is not None:
            errors, reason = self._errors(user_input)
            if not errors:
                data = cleaned(user_input)
                return self.async_create_entry(title=data.pop(CONF_NAME), data=data)
            return await self._form("user", user_input, errors, reason)
        return await self._form("user", {CONF_NAME: f"{self._get_entry().title} STT"}, {}, "")

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Reconfigure an entity."""
        subentry = self._get_reconfigure_subentry()
        if user_input is not None:
            errors, reason = self._errors(user_input)
            if not errors:
                entry, data = self._get_entry(), cleaned(user_input)
                reloads_itself = bool(entry.update_listeners)
                result = self.async_update_and_abort(
                    entry, subentry, title=data.pop(CONF_NAME), data=data
                )
                if not reloads_itself:  # the entry is not loaded
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return result
            return await self._form("reconfigure", user_input, errors, reason)
        known = {
            CONF_NAME: subentry.title,
            **self._without_removed(with_current_names(subentry.data)),
        }
        return await self._form("reconfigure", known, {}, "")

    async def _form(
        self, step_id: str, known: Mapping[str, Any], errors: dict[str, str], reason: str
    ) -> SubentryFlowResult:
        entry = self._get_entry()
        if is_bridge(entry.data):
            try:
                bridge = await describe_bridge(entry.data)
            except BridgeError as error:
                return self.async_abort(
                    reason=failure_of(error).key,
                    description_placeholders={"error": error.message},
                )
            form = _bridge_fields(bridge)
        else:
            provider = protocol_of(entry.data)
            form = entity_fields(
                provider,
                languages=PROVIDERS[provider].capabilities.languages,
                fallbacks=self._fallbacks(),
            )
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(vol.Schema(form), known),
            errors=errors,
            description_placeholders={"account": entry.title, "error": reason, **TERM_LIMITS},
        )

    def _errors(self, user_input: Mapping[str, Any]) -> tuple[dict[str, str], str]:
        """Return the errors of the form by field, and the message of the error."""
        data = cleaned(user_input)
        if CONF_NAME not in data:
            return {CONF_NAME: "no_name"}, ""
        try:
            account = self._get_entry().data
            if is_bridge(account):
                endpointing_of(data)
            else:
                new_profile("new", account, data)
        except ConfigError as error:
            return {"base": failure_of(error).key}, error.message
        return {}, ""

    def _fallbacks(self) -> list[SelectOptionDict]:
        """Return the entities that can be a fallback: all others that are not of a bridge."""
        own = self._reconfigure_subentry_id if self.source == "reconfigure" else None
        return [
            SelectOptionDict(value=subentry.subentry_id, label=f"{entry.title}: {subentry.title}")
            for entry in self.hass.config_entries.async_entries(DOMAIN, include_ignore=False)
            if not is_bridge(entry.data)
            for subentry in entry.get_subentries_of_type(SUBENTRY_STT)
            if subentry.subentry_id != own
        ]

    def _without_removed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the stored data without removed fallbacks, which the form would refuse."""
        existing = {each["value"] for each in self._fallbacks()}
        limits = dict(data.get(SECTION_LIMITS, {}))
        limits[CONF_FALLBACK] = [each for each in limits.get(CONF_FALLBACK, ()) if each in existing]
        return {**data, SECTION_LIMITS: limits}


def _bridge_fields(bridge: BridgeInfo) -> dict[vol.Marker, Any]:
    config = SelectSelectorConfig(
        options=[profile.name for profile in bridge.profiles], mode=SelectSelectorMode.DROPDOWN
    )
    first: dict[vol.Marker, Any] = {vol.Required(CONF_PROFILE): SelectSelector(config)}
    languages = [language for profile in bridge.profiles for language in profile.languages]
    rest = entity_fields(None, languages=dict.fromkeys(languages))
    override: dict[vol.Marker, Any] = {
        vol.Required(CONF_OVERRIDE, default=False): BooleanSelector()
    }
    return {**first, **rest, **override}
