"""What the steps of the config flow share: they check an account, show its form, and store it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import probatio as vol
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
)
from homeassistant.const import CONF_HOST
from homeassistant.data_entry_flow import AbortFlow

from .account_check import async_check_account
from .account_fields import with_save_anyway
from .account_settings import is_bridge
from .accounts import account_title, entity_titles, free_title
from .bridge import BridgeError, BridgeInfo
from .bridge_entity import async_check_profile
from .const import CONF_PROFILE, CONF_SAVE_ANYWAY, DOMAIN, SUBENTRY_STT
from .entity_checks import async_check_entities
from .entity_fields import profile_selector
from .form_errors import NO_ERRORS, Form, FormErrors, unused_certificate
from .form_input import cleaned
from .form_placeholders import account_placeholders
from .known_accounts import async_take_id, known_account
from .moved_bridge import async_addresses, async_follow
from .remote_bridge import describe_bridge
from .sections import Fields, opened

__all__ = ["AccountFlow"]


class AccountFlow(ConfigFlow):
    """The flow of one account: a service, a local realtime server or a remote bridge."""

    def __init__(self) -> None:
        self._account: dict[str, Any] = {}
        self._bridge: BridgeInfo | None = None
        self._name = ""
        self._is_announced = False
        """Whether a device on the network announced the address of the bridge."""
        self._failing = ""
        """The names of the entities that do not work with the changed account."""

    async def async_step_profile(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Create the first entity. If the bridge has several profiles, let the user select one.

        The form is also shown if the profile does not work. If its fallback works, the user can
        save the profile nevertheless.
        """
        profiles = self._bridge.profiles if self._bridge else ()
        form: Fields = {
            vol.Required(CONF_PROFILE, default=profiles[0].name): profile_selector(profiles)
        }
        errors = NO_ERRORS
        if user_input or len(profiles) == 1:
            name = user_input[CONF_PROFILE] if user_input else profiles[0].name
            if not user_input or not user_input.get(CONF_SAVE_ANYWAY):
                errors = await async_check_profile(self._account, {CONF_PROFILE: name}, form)
            if not errors:
                return self._create({CONF_PROFILE: name}, name=name)
        form = with_save_anyway(form) if errors.may_be_saved else form
        return self._form("profile", form, errors, shown=user_input)

    async def _check(
        self,
        form: Form,
        account_of: Callable[[], dict[str, Any]],
        *,
        entity: Mapping[str, Any] = MappingProxyType({}),
        own: ConfigEntry[Any] | None = None,
    ) -> FormErrors:
        """Check an account with its service or bridge, and keep it in this flow if it works.

        ``account_of`` returns the data of the account. ``entity`` has the settings of the first
        entity of a new account. ``own`` is the entry that the user changes, if there is one.

        Raises:
            AbortFlow: Another entry has the same account.
        """
        try:
            account = account_of()
            if unused := unused_certificate(account, form):
                return unused
            self._abort_if_known(account, own=own)
            if is_bridge(account):
                self._bridge = await describe_bridge(account, is_announced=self._is_announced)
                await self._recognise(self._bridge, account, own=own)
        except BridgeError as error:
            return FormErrors.of(error, form)
        errors = NO_ERRORS
        if not is_bridge(account):
            errors = await async_check_account(self.hass, account, entity, form=form)
        if not errors:
            self._account = account
        return errors

    def _abort_if_known(
        self, account: Mapping[str, Any], *, own: ConfigEntry[Any] | None = None
    ) -> None:
        """Abort the flow if another entry than ``own`` has the same account.

        Raises:
            AbortFlow: Another entry has the same account.
        """
        if known_account(self.hass, account, other_than=own):
            raise AbortFlow(reason="already_configured")

    async def _check_change(
        self,
        form: Form,
        account_of: Callable[[], dict[str, Any]],
        user_input: Mapping[str, Any],
        *,
        own: ConfigEntry[Any],
    ) -> FormErrors:
        """Check a changed account, and then its entities, unless the user wants to save anyway.

        The settings of an entity can be changed only after the account works. So an account that
        works can be saved, even if an entity does not work with it.
        """
        errors = await self._check(form, account_of, own=own)
        if errors or user_input.get(CONF_SAVE_ANYWAY):
            return errors
        errors = await async_check_entities(
            self.hass, self._account, own.subentries.values(), form=form, bridge=self._bridge
        )
        self._failing = errors.placeholders.get("entity", "")
        return errors

    async def _recognise(
        self, bridge: BridgeInfo, account: Mapping[str, Any], *, own: ConfigEntry[Any] | None
    ) -> None:
        """Identify a bridge by the id that it reports, and use the id for a new entry.

        So a bridge is recognised even if its entry spells the address differently.

        Raises:
            AbortFlow: Another entry has this bridge.
        """
        if bridge.id is None:  # older bridges report no id
            return
        known = self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, bridge.id)
        if known is None or known is own or known.source == SOURCE_IGNORE:
            if own is None:
                await self.async_set_unique_id(bridge.id, raise_on_progress=False)
            return
        if own is None and known.state is not ConfigEntryState.LOADED:
            # The known bridge may have moved to the address that the user has entered.
            host = account[CONF_HOST]
            hosts = [host, *await async_addresses(self.hass, host)]
            await async_follow(self.hass, known, account, bridge_id=bridge.id, hosts=hosts)
        raise AbortFlow(reason="already_configured")

    def _form(
        self,
        step_id: str,
        form: Form,
        errors: FormErrors,
        *,
        shown: Mapping[str, Any] | None = None,
        **placeholders: str,
    ) -> ConfigFlowResult:
        """Show a form, with the values that the user has entered or can change.

        The sections with an error or with a value are open.
        """
        schema = vol.Schema(opened(form, {*errors.by_field, *cleaned(shown or {})}))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            description_placeholders={
                **account_placeholders(step_id),
                **placeholders,
                **errors.placeholders,
            },
            errors=dict(errors.by_field),
        )

    def _change_form(
        self,
        step_id: str,
        form: Fields,
        errors: FormErrors,
        *,
        shown: Mapping[str, Any] | None,
        own: ConfigEntry[Any],
    ) -> ConfigFlowResult:
        """Show a form that changes an account, and offer to save it if only entities fail."""
        form = with_save_anyway(form) if self._failing else form
        return self._form(
            step_id, form, errors, shown=shown, account=own.title, entity=self._failing
        )

    def _update(self, entry: ConfigEntry[Any]) -> ConfigFlowResult:
        """Store the changed account, and reload the entry.

        If the entry is loaded and a value has changed, the entry's update listener reloads it.
        Otherwise, schedule a reload.

        Raises:
            AbortFlow: The account was added in another window while this flow checked it.
        """
        self._abort_if_known(self._account, own=entry)
        unique_id = entry.unique_id
        if self._bridge and self._bridge.id:
            unique_id = self._bridge.id
            async_take_id(self.hass, unique_id)
        changes = entry.data != self._account or entry.unique_id != unique_id
        reloads_itself = entry.update_listeners and changes
        result = self.async_update_and_abort(entry, data=self._account, unique_id=unique_id)
        if not reloads_itself:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    def _create(self, data: dict[str, Any], *, name: str) -> ConfigFlowResult:
        """Create the account with its first entity, which is named after the account.

        Raises:
            AbortFlow: The account was added in another window while this flow checked it.
        """
        self._abort_if_known(self._account)
        entries = self._async_current_entries(include_ignore=False)
        taken = {each.title for each in entries}
        title = account_title(self._account, name=self._name, taken=taken)
        first = ConfigSubentryData(
            data=data,
            subentry_type=SUBENTRY_STT,
            title=free_title(f"{title} {name}", taken=entity_titles(self.hass)),
            unique_id=None,
        )
        return self.async_create_entry(
            title=title,
            data=self._account,
            subentries=[first],
        )
