"""Subentry flow: add a speech-to-text entity to an account, and reconfigure it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import probatio as vol
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_LANGUAGE, CONF_NAME

from .account_check import async_check_account
from .account_fields import with_save_anyway
from .accounts import entity_titles, free_title
from .bridge import BridgeError, ConfigError, Profile
from .bridge_entity import async_check_entity, bridge_entity_errors, unknown_language
from .const import CONF_PROFILE, CONF_SAVE_ANYWAY, DOMAIN
from .entity_data import form_values
from .entity_fields import offers_more
from .entity_offer import EntityOffer
from .failures import translated
from .fallbacks import with_existing_fallbacks, wrong_fallback
from .form_errors import NO_ERRORS, Form, FormErrors, empty_fields
from .form_placeholders import TERM_LIMITS, setting_placeholders
from .hidden_settings import changed_entity
from .profiles import new_profile, profile_of, with_current_names
from .sections import grown_sections, opened, short_sections


class SpeechToTextFlow(ConfigSubentryFlow):
    """Set up one entity in one form, whose advanced settings are collapsed."""

    def __init__(self) -> None:
        self._offer: EntityOffer | None = None
        """What the account offers; None until the form is opened."""
        self._shown_for: Mapping[str, Any] | None = None
        """The data of the entity for which the form was last shown; None before."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an entity."""
        name = free_title(f"{self._get_entry().title} STT", taken=entity_titles(self.hass))
        return await self._step("user", user_input, name, {}, self._add)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Reconfigure an entity."""
        subentry = self._get_reconfigure_subentry()
        stored = with_existing_fallbacks(self.hass, with_current_names(subentry.data))
        return await self._step("reconfigure", user_input, subentry.title, stored, self._change)

    async def _step(
        self,
        step_id: str,
        user_input: Mapping[str, Any] | None,
        name: str,
        stored: Mapping[str, Any],
        store: Callable[[dict[str, Any]], SubentryFlowResult],
    ) -> SubentryFlowResult:
        """Show the form. When the user has filled it in, check the values, and store them.

        The form offers the profiles and languages that the account has now. At first it shows
        ``name`` and the ``stored`` data of the entity. If it is shown again, the sections with new
        fields are open, and short sections with an error.
        """
        if self._shown_for is None:
            self._shown_for = stored
        offer = self._offer = self._offer or EntityOffer(
            self.hass, self._get_entry(), own_id=self._own_id, stored=self._stored
        )
        try:
            await offer.async_ask()
            form = offer.form_for(self._shown_for)
        except BridgeError as error:
            translation = translated(error)
            return self.async_abort(
                reason=translation["translation_key"],
                description_placeholders=translation["translation_placeholders"],
            )
        errors = NO_ERRORS
        grown: Collection[str] = ()
        known: Mapping[str, Any] = {CONF_NAME: name, **form_values(stored, offer.provider)}
        if offer.bridge:  # a new entity begins with the default profile
            known = {CONF_PROFILE: offer.bridge.profiles[0].name, **known}
        if user_input is not None:
            values = {name: each for name, each in user_input.items() if name != CONF_SAVE_ANYWAY}
            data = changed_entity(stored, values, form=form, provider=offer.provider)
            if offer.bridge and (errors := unknown_language(offer.bridge, data, form)):
                data.pop(CONF_LANGUAGE, None)  # the form of this profile does not offer it
            new_form = offer.form_for(data)
            if errors or offers_more(new_form, than=form):
                grown = grown_sections(new_form, than=form)
                form, self._shown_for, known = new_form, data, form_values(data, offer.provider)
            else:
                saves_anyway = bool(user_input.get(CONF_SAVE_ANYWAY))
                errors = empty_fields(form, values) or await self._check(
                    offer, form, data, saves_anyway=saves_anyway
                )
                if not errors:
                    return store(data)
                known = user_input
                form = with_save_anyway(form) if errors.may_be_saved else form
        with_error = short_sections(form).intersection(errors.by_field)
        schema = vol.Schema(opened(form, {*with_error, *grown}))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, known),
            errors=dict(errors.by_field),
            description_placeholders={
                "account": self._get_entry().title,
                **setting_placeholders(offer.provider),
                **TERM_LIMITS,
                **errors.placeholders,
            },
        )

    def _add(self, data: dict[str, Any]) -> SubentryFlowResult:
        """Store a new entity. If the account could not be loaded, load it after that.

        It can be loaded now, if a setting of each of its other entities is invalid.
        """
        entry = self._get_entry()
        if entry.state in {ConfigEntryState.SETUP_ERROR, ConfigEntryState.SETUP_RETRY}:
            self.hass.async_create_task(
                self.hass.config_entries.async_reload(entry.entry_id),
                name=f"{DOMAIN} load the account of a new entity",
                eager_start=False,  # Home Assistant stores the entity after this method
            )
        return self.async_create_entry(title=data.pop(CONF_NAME), data=data)

    def _change(self, data: dict[str, Any]) -> SubentryFlowResult:
        """Store the changed entity, and reload the account.

        If the account is loaded, its update listener reloads it. Otherwise, schedule a reload.
        """
        entry = self._get_entry()
        reloads_itself = bool(entry.update_listeners)
        result = self.async_update_and_abort(
            entry, self._get_reconfigure_subentry(), title=data.pop(CONF_NAME), data=data
        )
        if not reloads_itself:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    async def _check(
        self, offer: EntityOffer, form: Form, data: Mapping[str, Any], *, saves_anyway: bool
    ) -> FormErrors:
        """Try the settings of an entity, and return the errors that the form has to show.

        With ``saves_anyway``, the profile of a bridge is not tried again.
        """
        account = self._get_entry().data
        try:
            if offer.bridge:
                if saves_anyway:
                    return bridge_entity_errors(offer.bridge, data, form)
                return await async_check_entity(
                    account, offer.bridge, data, form=form, stored=self._stored
                )
            changes_service = self._changes_service(new_profile("check", account, data))
        except ConfigError as error:
            return FormErrors.of(error, form)
        errors = wrong_fallback(self.hass, self._stored, data, languages=offer.languages, form=form)
        if errors or not changes_service:
            return errors
        return await async_check_account(self.hass, account, data, form=form)

    def _changes_service(self, profile: Profile) -> bool:
        """Return whether an entity is new, or whether a setting of its service has changed.

        Other settings, such as the fallbacks, can be changed even while the service is down.
        """
        if self.source != SOURCE_RECONFIGURE:
            return True
        try:
            stored = profile_of(self._get_entry(), self._get_reconfigure_subentry())
        except ConfigError:
            return True
        return stored.backend != profile.backend

    @property
    def _stored(self) -> Mapping[str, Any]:
        """The stored data of the entity that the form changes; empty if the form adds one."""
        is_new = self.source != SOURCE_RECONFIGURE
        return {} if is_new else self._get_reconfigure_subentry().data

    @property
    def _own_id(self) -> str | None:
        """The ID of the subentry that the form changes; None if it adds one."""
        return self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
