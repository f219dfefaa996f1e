"""Config flow: add, discover, reconfigure and reauthenticate an account."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, override

import probatio as vol
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_HOST, CONF_LANGUAGE, CONF_PORT, CONF_SSL, CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .account_check import async_check_account
from .accounts import (
    ACCOUNT_FIELDS,
    account_data,
    account_title,
    changed_data,
    discovered_fields,
    entity_titles,
    free_title,
    is_same_account,
    reconfigure_fields,
    suggested_values,
)
from .bridge import BridgeError, BridgeInfo, ConfigError
from .const import (
    CONF_PROFILE,
    CONF_PROVIDER,
    DOMAIN,
    LOGGER,
    PROVIDER_BRIDGE,
    SUBENTRY_STT,
)
from .failures import failure_of, translated
from .forms import TOKEN, account_placeholders, cleaned
from .migration import MINOR_VERSION, VERSION
from .moved_bridge import async_follow
from .profiles import is_bridge
from .speech_service import describe_bridge
from .subentry_flow import SpeechToTextFlow


class WyomingBridgeConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set up one account: a service, a local realtime server or a remote bridge."""

    VERSION = VERSION
    MINOR_VERSION = MINOR_VERSION

    def __init__(self) -> None:
        self._account: dict[str, Any] = {}
        self._bridge: BridgeInfo | None = None
        self._name = ""
        self._error: dict[str, str] = {}
        """The placeholders of the error that the form shows."""

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

    async def async_step_profile(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Select the profile of the bridge that becomes the first entity."""
        profiles = self._bridge.profiles if self._bridge else ()
        if user_input is None and len(profiles) > 1:
            options = [each.name for each in profiles]
            config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
            form = {vol.Required(CONF_PROFILE, default=options[0]): SelectSelector(config)}
            return self.async_show_form(step_id="profile", data_schema=vol.Schema(form))
        name = user_input[CONF_PROFILE] if user_input else profiles[0].name
        return self._create({CONF_PROFILE: name}, name=name)

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Handle a bridge that announces itself on the network."""
        if discovery_info.port is None:
            return self.async_abort(reason="wrong_server")
        address = {CONF_HOST: discovery_info.host, CONF_PORT: discovery_info.port}
        if discovery_info.properties.get("tls") == "yes":
            address[CONF_SSL] = True
        self._name = discovery_info.name.split(".")[0]
        unique_id = discovery_info.properties.get("id")
        known = await self.async_set_unique_id(unique_id) if unique_id else None
        if known and known.source != SOURCE_IGNORE:
            hosts = [*discovery_info.addresses, discovery_info.hostname.rstrip(".")]
            await async_follow(self.hass, known, address, hosts=hosts)
        return await self._discovered(unique_id, address)

    @override
    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> ConfigFlowResult:
        """Handle a bridge that runs as a Supervisor app."""
        config = discovery_info.config
        address = {CONF_HOST: config[CONF_HOST], CONF_PORT: config[CONF_PORT]}
        if token := config.get(CONF_TOKEN):
            address[CONF_TOKEN] = token
        self._name = discovery_info.name
        await self.async_set_unique_id(discovery_info.uuid)
        # Only the Supervisor can announce this, so it needs no proof. The update listener reloads a
        # loaded entry.
        self._abort_if_unique_id_configured(updates=address, reload_on_update=False)
        return await self._discovered(discovery_info.uuid, address)

    async def async_step_discovered(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add a discovered bridge."""
        errors: dict[str, str] = {}
        if user_input is not None:
            account = self._account | cleaned(user_input)
            if self._existing(account):  # added manually, or discovered twice
                return self.async_abort(reason="already_configured")
            errors = await self._check(account)
            if not errors:
                self._account = account
                return await self.async_step_profile()
        return self.async_show_form(
            step_id="discovered",
            data_schema=vol.Schema(discovered_fields(self._account)),
            description_placeholders={
                "name": self._name,
                "host": self._account[CONF_HOST],
                **self._error,
            },
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the account; an empty token keeps the stored one."""
        entry = self._get_reconfigure_entry()
        provider = entry.data[CONF_PROVIDER]
        errors: dict[str, str] = {}
        if user_input is not None:
            given = changed_data(entry.data, user_input)
            if self._existing(given, other_than=entry):
                return self.async_abort(reason="already_configured")
            errors = await self._check(given)
            if not errors:
                return self._update(entry, given)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(reconfigure_fields(provider)), user_input or suggested_values(entry.data)
            ),
            description_placeholders={"account": entry.title, **self._error},
            errors=errors,
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a token that is no longer valid."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new token."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            token = cleaned(user_input)
            errors = await self._check({**entry.data, **token})
            if not errors:
                return self._update(entry, {**entry.data, **token})
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=vol.Schema({vol.Required(CONF_TOKEN): TOKEN}),
            description_placeholders={"account": entry.title, **self._error},
            errors=errors,
        )

    async def async_add(self, provider: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Ask for an account, check it, and create it with its first entity."""
        errors: dict[str, str] = {}
        if user_input is not None:
            account = account_data(provider, user_input)
            if self._existing(account):
                return self.async_abort(reason="already_configured")
            errors = await self._check(account)
            if not errors:
                self._account = account
                if provider == PROVIDER_BRIDGE:
                    return await self.async_step_profile()
                language = cleaned(user_input).get(CONF_LANGUAGE)
                data = {CONF_LANGUAGE: language} if language else {}
                return self._create(data, name="STT")
        return self.async_show_form(
            step_id=provider,
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(ACCOUNT_FIELDS[provider]), user_input
            ),
            description_placeholders={**account_placeholders(provider), **self._error},
            errors=errors,
        )

    async def _check(self, account: Mapping[str, Any]) -> dict[str, str]:
        """Check an account with the service or bridge, and return the errors of the form."""
        error: BridgeError | None = None
        if is_bridge(account):
            try:
                self._bridge = await describe_bridge(account)
            except BridgeError as err:
                error = err
        else:
            error = await async_check_account(self.hass, account)
        if error is None:
            return {}
        if error.text is None:  # the form shows only what kind of error it is
            LOGGER.warning("%s", error)
        translation = translated(error)
        self._error = translation["translation_placeholders"]
        field = failure_of(error).field
        if isinstance(error, ConfigError):
            field = error.setting
        elif field == CONF_URL and is_bridge(account):
            field = CONF_HOST
        # The form cannot show an error at a field that is collapsed or missing.
        shown = self.cur_step and self.cur_step.get("data_schema")
        fields = shown.schema if shown else {}
        return {field if field in fields else "base": translation["translation_key"]}

    def _existing(
        self, account: Mapping[str, Any], *, other_than: ConfigEntry[Any] | None = None
    ) -> ConfigEntry[Any] | None:
        """Return the entry of the same account, if there is one."""
        return next(
            (
                entry
                for entry in self._async_current_entries(include_ignore=False)
                if entry is not other_than and is_same_account(entry.data, account)
            ),
            None,
        )

    async def _discovered(self, unique_id: str | None, address: dict[str, Any]) -> ConfigFlowResult:
        """Ask whether to add the bridge, unless it is known."""
        self._abort_if_unique_id_configured()
        self._account = {CONF_PROVIDER: PROVIDER_BRIDGE, **address}
        if known := self._existing(self._account):
            if unique_id and known.unique_id is None:  # added manually
                self.hass.config_entries.async_update_entry(known, unique_id=unique_id)
            return self.async_abort(reason="already_configured")
        self.context["title_placeholders"] = {"name": self._name}
        return await self.async_step_discovered()

    def _update(self, entry: ConfigEntry[Any], data: dict[str, Any]) -> ConfigFlowResult:
        """Store a change and reload the entry; the listener of a loaded entry reloads it."""
        reloads_itself = entry.update_listeners and entry.data != data
        result = self.async_update_and_abort(entry, data=data)
        if not reloads_itself:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    def _create(self, data: dict[str, Any], *, name: str) -> ConfigFlowResult:
        """Create the account with its first entity, which is named after the account."""
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


# Home Assistant finds the step of a menu's option by its name.
for _provider in ACCOUNT_FIELDS:
    setattr(WyomingBridgeConfigFlow, f"async_step_{_provider}", _account_step(_provider))
