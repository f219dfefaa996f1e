"""Follows the other accounts whose entities are fallbacks of an account's entities."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.util.signal_type import SignalType

from .const import DOMAIN
from .fallbacks import fallbacks_of, missing_fallbacks, unsuitable_fallbacks

if TYPE_CHECKING:
    from .coordinator import AccountCoordinator, AccountEntry

_SIGNAL_AVAILABILITY: Final[SignalType[AccountCoordinator]] = SignalType(f"{DOMAIN}_availability")
"""The signal that an account has become available or unavailable; it carries the account."""


class FallbackAccounts:
    """The other accounts whose entities are fallbacks of one account's entities.

    An entity is also available if the account of one of its fallbacks is. If a fallback was
    removed, or does not know the language of the entity any more, there is a repair issue.
    """

    def __init__(self, account: AccountCoordinator) -> None:
        self._account = account
        self._hass = account.hass
        self._entry = account.config_entry

    def of(self, subentry_id: str) -> list[AccountCoordinator]:
        """Return the other accounts that are loaded and have a fallback of a subentry."""
        fallbacks = set(fallbacks_of(self._hass, self._entry.subentries[subentry_id]))
        entries: list[AccountEntry] = self._hass.config_entries.async_loaded_entries(DOMAIN)
        return [
            entry.runtime_data
            for entry in entries
            if entry is not self._entry
            and fallbacks.intersection(entry.subentries.keys() - entry.runtime_data.service.invalid)
        ]

    @callback
    def async_watch(self) -> CALLBACK_TYPE:
        """Begin to watch the accounts; return the function that stops watching."""
        self.async_check()
        stops = [
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._account_changed
            ),
            async_dispatcher_connect(self._hass, _SIGNAL_AVAILABILITY, self._availability_changed),
        ]

        def stop() -> None:
            for each in stops:
                each()

        return stop

    @callback
    def async_check(self) -> None:
        """Show an issue for each entity with a fallback that was removed or is unsuitable.

        A fallback becomes unsuitable if its account is changed, or its server is started with
        another engine.
        """
        self._account.issues.check_fallbacks(
            missing=missing_fallbacks(self._hass, self._entry),
            unsuitable=self._unsuitable(),
            uncertain=[
                subentry.subentry_id
                for subentry in self._entry.subentries.values()
                if not all(map(self._has_answered, self._compared(subentry)))
            ],
        )

    def _unsuitable(self) -> dict[str, list[str]]:
        """Return the titles of unsuitable fallbacks, by the ID of the subentry that has them."""
        languages = self._account.service.known_languages
        found = {
            subentry.subentry_id: unsuitable_fallbacks(
                self._hass, subentry.data, languages=languages
            )
            for subentry in self._entry.subentries.values()
        }
        return {
            subentry_id: [fallback.title for _, fallback in fallbacks]
            for subentry_id, fallbacks in found.items()
            if fallbacks
        }

    def _compared(self, subentry: ConfigSubentry) -> list[ConfigEntry[Any]]:
        """Return the accounts whose languages decide which fallbacks of a subentry are unsuitable.

        They are those of its fallbacks and, if the subentry has no language of its own, its own.
        """
        fallbacks = set(fallbacks_of(self._hass, subentry))
        needs_own = bool(fallbacks) and CONF_LANGUAGE not in subentry.data
        return [
            entry
            for entry in self._hass.config_entries.async_entries(
                DOMAIN, include_ignore=False, include_disabled=False
            )
            if fallbacks.intersection(entry.subentries) or (needs_own and entry is self._entry)
        ]

    def _has_answered(self, entry: ConfigEntry[Any]) -> bool:
        if entry is self._entry:
            return self._account.has_answered
        return entry.state is ConfigEntryState.LOADED and entry.runtime_data.has_answered

    @callback
    def async_announce(self) -> None:
        """Update the other accounts' entities after a change of this account.

        It has become available or unavailable, or its languages have changed.
        """
        async_dispatcher_send(self._hass, _SIGNAL_AVAILABILITY, self._account)

    @callback
    def _account_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        # A change of this entry needs no check, because Home Assistant reloads the entry.
        if entry.domain == DOMAIN and entry is not self._entry:
            self.async_check()
            self._account.async_update_listeners()  # a fallback can make an entity available

    @callback
    def _availability_changed(self, account: AccountCoordinator) -> None:
        self.async_check()  # the server may have been started with another engine
        if account is not self._account:
            self._account.async_update_listeners()
