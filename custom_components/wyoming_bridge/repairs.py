"""Repair flows, which solve an issue in a dialog."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import probatio as vol
from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import issue_registry as ir

from .account_fields import with_save_anyway
from .bridge import BridgeError
from .bridge_entity import suitable_profiles
from .const import CONF_PROFILE, CONF_SAVE_ANYWAY, LOGGER
from .coordinator import AccountEntry
from .entity_fields import profile_selector
from .failures import recordings_unusable
from .form_errors import NO_ERRORS, FormErrors
from .issues import (
    CONF_ACCOUNT_ID,
    CONF_SUBJECT_ID,
    ISSUE_PROFILE_GONE,
    ISSUE_RECORDING,
    ISSUE_RECORDING_FAILED,
)
from .moved_bridge import CONF_ENTRY, async_move, shown_address
from .profile_trial import ProfileFailure, async_try_profile
from .remote_bridge import describe_bridge
from .sections import Fields


class MovedBridgeFlow(RepairsFlow):
    """Asks whether to use a bridge at the new address that it announces."""

    def __init__(self, moved: Mapping[str, str | int | float | None]) -> None:
        # Keep the address that the dialog shows. Another one may be announced in the meantime.
        self._moved = moved

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the confirmation."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for confirmation, then store the new address."""
        entry = self.hass.config_entries.async_get_entry(str(self._moved.get(CONF_ENTRY)))
        if entry is None:
            return self.async_abort(reason="account_removed")
        if user_input is not None:
            async_move(self.hass, entry, self._moved)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                "account": entry.title,
                "old": shown_address(entry.data),
                "new": shown_address(self._moved),
            },
        )


class MissingProfileFlow(RepairsFlow):
    """Lets the user choose another profile for an entity, or remove the entity."""

    def __init__(self, subject: Mapping[str, str | int | float | None]) -> None:
        self._account_id = str(subject.get(CONF_ACCOUNT_ID))
        self._subentry_id = str(subject.get(CONF_SUBJECT_ID))

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask what to do."""
        self._entity()
        return self.async_show_menu(
            step_id="init",
            menu_options=["select", "remove"],
            description_placeholders=self._placeholders(),
        )

    async def async_step_select(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Choose one of the bridge's profiles with which the entity works.

        If only the fallback of the chosen profile works, the user can save the profile
        nevertheless.
        """
        account, subentry = self._entity()
        failure: ProfileFailure | None = None
        if user_input is not None:
            chosen = {CONF_PROFILE: user_input[CONF_PROFILE]}
            if not user_input.get(CONF_SAVE_ANYWAY):
                failure = await async_try_profile(account.data, {**subentry.data, **chosen})
            if failure is None:
                account, subentry = self._entity()  # either may have changed meanwhile
                data = {**subentry.data, **chosen}
                self.hass.config_entries.async_update_subentry(account, subentry, data=data)
                return self.async_create_entry(data={})
        try:
            bridge = await describe_bridge(account.data)
        except BridgeError as error:
            LOGGER.warning("%s: cannot get the bridge's profiles: %s", account.title, error)
            return self.async_abort(reason="cannot_connect")
        profiles = suitable_profiles(bridge, subentry.data)
        if not profiles:
            return self.async_abort(
                reason="no_suitable_profile", description_placeholders=self._placeholders()
            )
        form: Fields = {vol.Required(CONF_PROFILE): profile_selector(profiles)}
        errors = _told(failure, account, form) if failure else NO_ERRORS
        form = with_save_anyway(form) if errors.may_be_saved else form
        return self.async_show_form(
            step_id="select",
            data_schema=self.add_suggested_values_to_schema(vol.Schema(form), user_input),
            errors=dict(errors.by_field),
            description_placeholders={**(self._placeholders() or {}), **errors.placeholders},
        )

    async def async_step_remove(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Remove the entity after a confirmation."""
        account, subentry = self._entity()
        if user_input is not None:
            self.hass.config_entries.async_remove_subentry(account, subentry.subentry_id)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="remove",
            data_schema=vol.Schema({}),
            description_placeholders=self._placeholders(),
        )

    def _entity(self) -> tuple[ConfigEntry[Any], ConfigSubentry]:
        """Return account and subentry.

        Raises:
            AbortFlow: One of them was removed while the dialog was open.
        """
        account = self.hass.config_entries.async_get_entry(self._account_id)
        subentry = account.subentries.get(self._subentry_id) if account else None
        if account is None or subentry is None:
            raise AbortFlow(reason="account_removed")
        return account, subentry

    def _placeholders(self) -> dict[str, str] | None:
        """Return the placeholders of the issue: account, entity and profile."""
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return issue.translation_placeholders if issue else None


def _told(failure: ProfileFailure, account: ConfigEntry[Any], form: Fields) -> FormErrors:
    """Return the errors of a profile that does not work.

    The dialog of a repair has no text for each error, so it names the code, and the log has the
    message.
    """
    errors = failure.errors(form)
    if failure.error is None:
        return errors
    LOGGER.warning("%s: profile %s: %s", account.title, failure.profile, failure.error)
    return replace(errors, by_field={CONF_PROFILE: "profile_fails"})


class RecordingFlow(RepairsFlow):
    """Lets the user end the recording of an entity, and delete what was recorded."""

    def __init__(self, subject: Mapping[str, str | int | float | None]) -> None:
        self._account_id = str(subject.get(CONF_ACCOUNT_ID))
        self._subentry_id = str(subject.get(CONF_SUBJECT_ID))

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Say what is recorded, and ask what to do."""
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return self.async_show_menu(
            step_id="init",
            menu_options=["turn_off", "delete"],
            description_placeholders=issue.translation_placeholders if issue else None,
        )

    async def async_step_turn_off(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Turn the recorder off, and keep the recordings."""
        return await self._async_end(and_delete=False)

    async def async_step_delete(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Turn the recorder off, and delete the recordings."""
        return await self._async_end(and_delete=True)

    async def _async_end(self, *, and_delete: bool) -> RepairsFlowResult:
        account: AccountEntry | None = self.hass.config_entries.async_get_entry(self._account_id)
        if account is None or account.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_recorded")
        recorder = account.runtime_data.recorders.get(self._subentry_id)
        if recorder is None:
            return self.async_abort(reason="not_recorded")
        try:
            await recorder.async_turn_off()
            if and_delete:
                await recorder.async_delete_all()
        except BridgeError as error:
            translation = recordings_unusable(error)
            return self.async_abort(
                reason=translation["translation_key"],
                description_placeholders=translation["translation_placeholders"],
            )
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the dialog that solves an issue."""
    if issue_id.startswith(ISSUE_PROFILE_GONE):
        return MissingProfileFlow(data or {})
    if issue_id.startswith(ISSUE_RECORDING_FAILED):
        return ConfirmRepairFlow()
    if issue_id.startswith(ISSUE_RECORDING):
        return RecordingFlow(data or {})
    return MovedBridgeFlow(data or {})
