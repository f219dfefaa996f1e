"""Config flow: add, discover, reconfigure and reauthenticate an account."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, override

from homeassistant.config_entries import (
    DISCOVERY_SOURCES,
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_HOST, CONF_LANGUAGE, CONF_NAME, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .account_fields import (
    ACCOUNT_FIELDS,
    REAUTH_FIELDS,
    another_account_fields,
    discovered_fields,
    reconfigure_fields,
)
from .account_flow import AccountFlow
from .accounts import (
    account_data,
    changed_data,
    changed_token,
    suggested_values,
)
from .bridge import BridgeError
from .const import (
    CONF_PROVIDER,
    DOMAIN,
    LOGGER,
    PROVIDER_BRIDGE,
    SUBENTRY_STT,
)
from .discovered_bridge import DiscoveredBridge, announced_bridge, supervisor_bridge
from .form_errors import NO_ERRORS, FormErrors, empty_fields
from .form_input import cleaned
from .known_accounts import core_entry, known_account, known_app
from .migration import MINOR_VERSION, VERSION
from .moved_bridge import async_adopt, async_follow
from .remote_bridge import describe_bridge
from .subentry_flow import SpeechToTextFlow


class WyomingBridgeConfigFlow(AccountFlow, domain=DOMAIN):
    """Set up one account: a service, a local realtime server or a remote bridge."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry[Any]
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the only subentry type: a speech-to-text entity."""
        return {SUBENTRY_STT: SpeechToTextFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Select a provider."""
        return self.async_show_menu(step_id="user", menu_options=list(ACCOUNT_FIELDS))

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle a bridge that announces itself on the network."""
        found = announced_bridge(discovery_info)
        if found is None:
            return self.async_abort(reason="wrong_server")
        self._is_announced = True
        known = await self.async_set_unique_id(found.id) if found.id else None
        if found.id and known and known.source != SOURCE_IGNORE:
            await async_follow(
                self.hass, known, found.address, bridge_id=found.id, hosts=found.hosts
            )
        return await self._discovered(found)

    @override
    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> ConfigFlowResult:
        """Handle a bridge that runs as a Supervisor app.

        Only the Supervisor can start this step, so what it announces is stored without proof.
        """
        found = supervisor_bridge(discovery_info)
        if found is None:
            return self.async_abort(reason="wrong_server")
        uuid = discovery_info.uuid
        unique_id = found.id or await self._told_id(found.account) or uuid
        if known := known_app(self.hass, found.account, unique_ids=(unique_id, uuid)):
            async_adopt(self.hass, known, found, unique_id=unique_id, uuid=uuid)
            await self.async_set_unique_id(known.unique_id, raise_on_progress=False)
            return self.async_abort(reason="already_configured")
        self._close_older_questions(unique_id)
        await self.async_set_unique_id(unique_id)
        return await self._discovered(found)

    async def async_step_discovered(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add a discovered bridge."""
        return await self._async_ask(user_input)

    async def async_step_discovered_again(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add a bridge that Home Assistant's own integration uses already."""
        return await self._async_ask(user_input)

    async def _async_ask(self, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        form = discovered_fields(self._account)
        errors = NO_ERRORS
        if user_input is not None:
            entered = cleaned(user_input)
            errors = await self._check(form, lambda: {**self._account, **entered})
            if not errors:
                return await self.async_step_profile()
        core = core_entry(self.hass, self._account)
        return self._form(
            "discovered_again" if core else "discovered",
            form,
            errors,
            name=self._name,
            host=self._account[CONF_HOST],
            entry=core.title if core else "",
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the account; an empty token keeps the stored one."""
        entry = self._get_reconfigure_entry()
        form = reconfigure_fields(entry.data[CONF_PROVIDER])
        errors = NO_ERRORS
        if user_input is not None:
            errors = empty_fields(form, user_input) or await self._check_change(
                form, lambda: changed_data(entry.data, user_input), user_input, own=entry
            )
            if not errors:
                return self._update(entry)
        shown = user_input or suggested_values(entry.data)
        return self._change_form("reconfigure", form, errors, shown=shown, own=entry)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a token that is no longer valid."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new token."""
        entry = self._get_reauth_entry()
        form = REAUTH_FIELDS
        errors = NO_ERRORS
        if user_input is not None:
            account = changed_token(entry.data, user_input)
            if empty := empty_fields(form, user_input):
                errors = empty
            elif known_account(self.hass, account, other_than=entry):
                errors = FormErrors.at(CONF_TOKEN, "already_configured", form)
            else:
                errors = await self._check_change(form, lambda: account, user_input, own=entry)
            if not errors:
                return self._update(entry)
        return self._change_form("reauth_confirm", form, errors, shown=user_input, own=entry)

    async def async_add(self, provider: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Ask for an account, check it, and create it with its first entity."""
        has_one = any(
            each.data[CONF_PROVIDER] == provider
            for each in self._async_current_entries(include_ignore=False)
        )
        form = another_account_fields(provider) if has_one else ACCOUNT_FIELDS[provider]
        errors = NO_ERRORS
        if user_input is not None:
            self._name = cleaned(user_input).get(CONF_NAME, "")
            language = cleaned(user_input).get(CONF_LANGUAGE)
            entity = {CONF_LANGUAGE: language} if language else {}
            errors = empty_fields(form, user_input) or await self._check(
                form, lambda: account_data(provider, user_input), entity=entity
            )
            if not errors:
                if provider == PROVIDER_BRIDGE:
                    return await self.async_step_profile()
                return self._create(entity, name="STT")
        return self._form(provider, form, errors, shown=user_input)

    async def _discovered(self, found: DiscoveredBridge) -> ConfigFlowResult:
        """Ask whether to add a discovered bridge, unless it is already configured."""
        self._name = found.name
        self._account = found.account
        self._abort_if_unique_id_configured()
        if known_account(self.hass, self._account):
            return self.async_abort(reason="already_configured")
        self.context["title_placeholders"] = {"name": self._name}
        return await self._async_ask(None)

    async def _told_id(self, account: Mapping[str, Any]) -> str | None:
        """Return the id of a bridge; None if the bridge does not answer or has no id."""
        try:
            return (await describe_bridge(account)).id
        except BridgeError as error:
            LOGGER.debug("cannot get the id of the Supervisor's bridge: %s", error)
            return None

    def _close_older_questions(self, unique_id: str) -> None:
        """Close the questions whether to add a bridge, because the bridge was announced again.

        An older question would use an older address or an older token.
        """
        for flow in self._async_in_progress(match_context={"unique_id": unique_id}):
            if flow["context"]["source"] in DISCOVERY_SOURCES:
                self.hass.config_entries.flow.async_abort(flow["flow_id"])


def _account_step(
    provider: str,
) -> Callable[
    [WyomingBridgeConfigFlow, dict[str, Any] | None], Coroutine[Any, Any, ConfigFlowResult]
]:
    """Return the step that adds an account of a provider."""

    async def step(
        flow: WyomingBridgeConfigFlow, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        return await flow.async_add(provider, user_input)

    return step


# Home Assistant calls ``async_step_<option>`` for the option that the user selects in the menu.
for _provider in ACCOUNT_FIELDS:
    setattr(WyomingBridgeConfigFlow, f"async_step_{_provider}", _account_step(_provider))
