"""An account while it is loaded: whether it works, what it did, and what somebody has to mend."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, override

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .bridge import BridgeError, Result
from .const import DOMAIN, LOGGER
from .failures import CALLERS, failure_of, translated
from .notices import Notices
from .profiles import is_bridge, without_fallback
from .speech_service import SpeechService, new_service

_BRIDGE_INTERVAL: Final = timedelta(seconds=30)
"""A bridge is in the house: asking it costs a packet, and its entity says whether it is there."""

_RETRY_INTERVAL: Final = timedelta(minutes=1)
"""A service on the internet is asked only while it is known not to answer."""


@dataclass(slots=True)
class Usage:
    """What was done since the account was loaded."""

    utterances: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    """How often, by the code of the error."""
    last_error: str | None = None
    """Its code."""
    response_ms: float | None = None
    """Of the last utterance: from the end of speech to its text."""


class AccountCoordinator(DataUpdateCoordinator[None]):
    """Watches one account, and tells Home Assistant what it has to know."""

    config_entry: AccountEntry

    def __init__(self, hass: HomeAssistant, entry: AccountEntry) -> None:
        self.service: SpeechService = new_service(hass, entry)
        self.usage = Usage()
        self.notices = Notices(hass, account=entry.title)
        self._elsewhere = is_bridge(entry.data)
        self._usual_interval = _BRIDGE_INTERVAL if self._elsewhere else None
        self._told: set[tuple[str, str]] = set()
        """Errors that were logged, by subentry and code, until an utterance succeeds."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=self._usual_interval,
        )

    @override
    async def _async_update_data(self) -> None:
        entry_id = self.config_entry.entry_id
        try:
            await self.service.async_probe()
        except BridgeError as error:
            failure = failure_of(error)
            if failure.reauth:
                raise ConfigEntryAuthFailed(**translated(error)) from error
            if not failure.repair:
                self.update_interval = self._usual_interval or _RETRY_INTERVAL
                raise UpdateFailed(**translated(error)) from error
            self.notices.show(failure.key, about=entry_id, error=error.message)
        else:
            self.notices.clear(entry_id)
            self.notices.check_version(self.service.version, about=entry_id)
            self.notices.check_profiles(self.service.missing())
        self.update_interval = self._usual_interval

    @callback
    def async_watch_fallbacks(self) -> CALLBACK_TYPE:
        """Tell who lost a fallback, now and when an account changes; gives what ends it."""
        self._look_at_fallbacks()
        return async_dispatcher_connect(
            self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._account_changed
        )

    @callback
    def _account_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        # A change of its own loads it again.
        if entry.domain == DOMAIN and entry is not self.config_entry:
            self._look_at_fallbacks()
            self.async_update_listeners()  # who stands in decides what is available

    def _look_at_fallbacks(self) -> None:
        self.notices.check_fallbacks(without_fallback(self.hass, self.config_entry))

    def succeeded(self, subentry_id: str, result: Result, *, live: bool = True) -> None:
        """An utterance was transcribed: by this subentry, or by a fallback in its place.

        One that is not ``live`` was asked for by somebody, perhaps in another language than ours.
        """
        self.usage.utterances += 1
        if live:
            self.usage.response_ms = result.timing.response_ms
        if result.failures:
            if live or not isinstance(result.failures[0], CALLERS):
                self._act_on(subentry_id, result.failures[0])
            else:
                self.async_update_listeners()
            return
        self._told = {each for each in self._told if each[0] != subentry_id}
        self.notices.clear(subentry_id, self.config_entry.entry_id)
        if self.last_update_success:
            self.async_update_listeners()
        else:
            LOGGER.info("%s answers again", self.name)
            self.update_interval = self._usual_interval
            self.async_set_updated_data(None)

    def failed(self, subentry_id: str, error: BridgeError) -> None:
        """An utterance had no result."""
        self.usage.utterances += 1
        self._act_on(subentry_id, error)

    def _act_on(self, subentry_id: str, error: BridgeError) -> None:
        """Tell whoever can mend it."""
        failure = failure_of(error, elsewhere=self._elsewhere)
        self.usage.errors[error.code] += 1
        self.usage.last_error = error.code
        if failure.unreachable:
            self.config_entry.async_create_task(self.hass, self._async_look(subentry_id, error))
        else:
            self._log(subentry_id, error)
        if failure.reauth:
            self.config_entry.async_start_reauth(self.hass)
        if failure.repair:
            self.notices.show(failure.key, about=subentry_id, error=error.message)
        self.async_update_listeners()

    async def _async_look(self, subentry_id: str, error: BridgeError) -> None:
        """See whether nothing at all can be reached, which is logged, once, as that."""
        await self.async_request_refresh()
        if self.last_update_success:
            self._log(subentry_id, error)

    def _log(self, subentry_id: str, error: BridgeError) -> None:
        """Say it once, until an utterance succeeds."""
        if (subentry_id, error.code) not in self._told:
            self._told.add((subentry_id, error.code))
            LOGGER.warning("%s: %s", self.name, error.with_advice)


AccountEntry = ConfigEntry[AccountCoordinator]
