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
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .accounts import entity_titles, free_title
from .bridge import PROVIDERS, BridgeError, BridgeInfo, ConfigError
from .const import (
    CONF_FALLBACK,
    CONF_PROFILE,
    DOMAIN,
    LOGGER,
    SECTION_LIMITS,
    SUBENTRY_STT,
)
from .failures import translated
from .forms import (
    TERM_LIMITS,
    entity_fields,
    error_place,
    form_values,
    setting_placeholders,
    stored_data,
)
from .profiles import endpointing_of, is_bridge, new_profile, protocol_of, with_current_names
from .speech_service import describe_bridge


class SpeechToTextFlow(ConfigSubentryFlow):
    """Set up one entity in one form, whose advanced settings are collapsed."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an entity."""
        if user_input is not None:
            errors, values = self._errors(user_input)
            if not errors:
                data = stored_data(user_input)
                return self.async_create_entry(title=data.pop(CONF_NAME), data=data)
            return await self._form("user", user_input, errors, values)
        name = free_title(f"{self._get_entry().title} STT", taken=entity_titles(self.hass))
        return await self._form("user", {CONF_NAME: name}, {}, {})

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Reconfigure an entity."""
        subentry = self._get_reconfigure_subentry()
        if user_input is not None:
            errors, values = self._errors(user_input)
            if not errors:
                entry, data = self._get_entry(), stored_data(user_input)
                reloads_itself = bool(entry.update_listeners)
                result = self.async_update_and_abort(
                    entry, subentry, title=data.pop(CONF_NAME), data=data
                )
                if not reloads_itself:  # the entry is not loaded
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return result
            return await self._form("reconfigure", user_input, errors, values)
        known = {
            CONF_NAME: subentry.title,
            **form_values(self._without_removed(with_current_names(subentry.data))),
        }
        return await self._form("reconfigure", known, {}, {})

    async def _form(
        self,
        step_id: str,
        known: Mapping[str, Any],
        errors: dict[str, str],
        values: Mapping[str, str],
    ) -> SubentryFlowResult:
        entry = self._get_entry()
        if is_bridge(entry.data):
            try:
                bridge = await describe_bridge(entry.data)
            except BridgeError as error:
                if error.text is None:  # the dialog shows only what kind of error it is
                    LOGGER.warning("%s: %s", entry.title, error)
                translation = translated(error)
                return self.async_abort(
                    reason=translation["translation_key"],
                    description_placeholders=translation["translation_placeholders"],
                )
            provider = None
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
            description_placeholders={
                "account": entry.title,
                **setting_placeholders(provider),
                **TERM_LIMITS,
                **values,
            },
        )

    def _errors(self, user_input: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the errors of the form by field, and the values in their texts."""
        data = stored_data(user_input)
        if CONF_NAME not in data:
            return {CONF_NAME: "no_name"}, {}
        try:
            account = self._get_entry().data
            if is_bridge(account):
                endpointing_of(data)
            else:
                new_profile("new", account, data)
        except ConfigError as error:
            translation = translated(error)
            errors = {error_place(error.setting): translation["translation_key"]}
            return errors, translation["translation_placeholders"]
        return {}, {}

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
    return {**first, **entity_fields(None, languages=dict.fromkeys(languages))}
