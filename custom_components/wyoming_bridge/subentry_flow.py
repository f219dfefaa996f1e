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
from .accounts import entity_titles, free_title
from .bridge import (
    BridgeError,
    BridgeInfo,
    ConfigError,
    Profile,
    ProviderName,
    SessionStarted,
)
from .bridge_entity import async_check_entity, bridge_form, unknown_language
from .const import CONF_PROFILE, DOMAIN
from .coordinator import AccountEntry
from .entity_data import form_values
from .entity_fields import entity_fields, offers_more
from .failures import translated
from .fallbacks import fallbacks_in, offered_fallbacks, with_existing_fallbacks, wrong_fallback
from .form_errors import NO_ERRORS, Form, FormErrors, empty_fields
from .form_placeholders import TERM_LIMITS, setting_placeholders
from .hidden_settings import changed_entity
from .languages import async_known_languages
from .profiles import (
    default_repair,
    is_bridge,
    new_profile,
    profile_of,
    protocol_of,
    server_of,
    with_current_names,
)
from .remote_bridge import describe_bridge
from .sections import Fields, grown_sections, opened
from .speech_service import UNKNOWN_SERVER


class SpeechToTextFlow(ConfigSubentryFlow):
    """Set up one entity in one form, whose advanced settings are collapsed."""

    def __init__(self) -> None:
        self._bridge: BridgeInfo | None = None
        """What the bridge reports about itself, for an account of a remote bridge."""
        self._shown_for: Mapping[str, Any] | None = None
        """The data of the entity for which the form was last shown; None before."""
        self._server: SessionStarted | None = None
        """What was known about the server when the form was opened; None until then.

        It decides which settings the form hides, so it stays the same until the form is closed.
        """
        self._languages: tuple[str, ...] = ()
        """The languages of the account when the form was last shown; empty for a remote bridge."""

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
        ``name`` and the ``stored`` data of the entity. If it is shown again, the sections with an
        error or with new fields are open.
        """
        if self._shown_for is None:
            self._shown_for = stored
        try:
            await self._async_ask()
            form = self._form_for(self._shown_for)
        except BridgeError as error:
            translation = translated(error)
            return self.async_abort(
                reason=translation["translation_key"],
                description_placeholders=translation["translation_placeholders"],
            )
        errors = NO_ERRORS
        grown: Collection[str] = ()
        known: Mapping[str, Any] = {CONF_NAME: name, **form_values(stored, self._provider)}
        if self._bridge:  # a new entity begins with the default profile
            known = {CONF_PROFILE: self._bridge.profiles[0].name, **known}
        if user_input is not None:
            data = changed_entity(stored, user_input, form=form, provider=self._provider)
            if self._bridge and (errors := unknown_language(self._bridge, data, form)):
                data.pop(CONF_LANGUAGE, None)  # the form of this profile does not offer it
            new_form = self._form_for(data)
            if errors or offers_more(new_form, than=form):
                grown = grown_sections(new_form, than=form)
                form, self._shown_for, known = new_form, data, form_values(data, self._provider)
            else:
                errors = empty_fields(form, user_input) or await self._check(form, data)
                if not errors:
                    return store(data)
                known = user_input
        schema = vol.Schema(opened(form, {*errors.by_field, *grown}))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, known),
            errors=dict(errors.by_field),
            description_placeholders={
                "account": self._get_entry().title,
                **setting_placeholders(self._provider),
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

    def _known_server(self) -> SessionStarted:
        """Return what is known about the server of the entity."""
        entry: AccountEntry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return UNKNOWN_SERVER
        if self._own_id in entry.runtime_data.service.invalid:
            return UNKNOWN_SERVER  # hide no setting, because it may be the invalid one
        return server_of(entry.runtime_data.service.server, entry.data, self._stored)

    @property
    def _provider(self) -> ProviderName | None:
        """The service whose protocol the account uses; None for a remote bridge."""
        account = self._get_entry().data
        return None if is_bridge(account) else protocol_of(account)

    async def _async_ask(self) -> None:
        """Get the profiles and languages that the account has now.

        Raises:
            BridgeError: The account is invalid, or the bridge does not answer.
        """
        account = self._get_entry().data
        if is_bridge(account):
            self._bridge = await describe_bridge(account)
            return
        if self._server is None:
            self._server = self._known_server()
        self._languages = await async_known_languages(self.hass, account)

    def _form_for(self, data: Mapping[str, Any]) -> Fields:
        """Return the form for this data of the entity, whose values it offers."""
        if self._bridge:
            return bridge_form(self._bridge, data)
        account = self._get_entry().data
        return entity_fields(
            protocol_of(account),
            languages=self._languages,
            fallbacks=offered_fallbacks(
                self.hass,
                own=self._own_id,
                languages=self._languages,
                stored=fallbacks_in(data),
            ),
            repair=default_repair(account),
            server=self._server or UNKNOWN_SERVER,
            stored=data,
        )

    async def _check(self, form: Form, data: Mapping[str, Any]) -> FormErrors:
        """Try the settings of an entity, and return the errors that the form has to show."""
        account = self._get_entry().data
        try:
            if self._bridge:
                return await async_check_entity(
                    account, self._bridge, data, form=form, stored=self._stored
                )
            changes_service = self._changes_service(new_profile("check", account, data))
        except ConfigError as error:
            return FormErrors.of(error, form)
        errors = wrong_fallback(self.hass, self._stored, data, languages=self._languages, form=form)
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
