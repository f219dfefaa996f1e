"""The state of a loaded account: availability, usage and repair issues."""

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
from .failures import REQUEST_ERRORS, failure_of, translated
from .issues import AccountIssues
from .profiles import is_bridge, missing_fallbacks
from .speech_service import SpeechService, new_service

_BRIDGE_INTERVAL: Final = timedelta(seconds=30)
"""A bridge is on the local network: a query is cheap and keeps its entities' state current."""

_RETRY_INTERVAL: Final = timedelta(minutes=1)
"""A service on the internet is queried only while it is unavailable."""


@dataclass(slots=True)
class Usage:
    """Counters since the account was loaded."""

    utterances: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    """How often each error occurred, by its code."""
    last_error: str | None = None
    """The code of the last error."""
    response_ms: float | None = None
    """Time from the end of speech to the text of the last utterance, in ms."""


class AccountCoordinator(DataUpdateCoordinator[None]):
    """Checks one account, counts its usage, and reports problems to Home Assistant."""

    config_entry: AccountEntry

    def __init__(self, hass: HomeAssistant, entry: AccountEntry) -> None:
        self.service: SpeechService = new_service(hass, entry)
        self.usage = Usage()
        self.issues = AccountIssues(hass, account=entry.title)
        self._is_remote = is_bridge(entry.data)
        self._usual_interval = _BRIDGE_INTERVAL if self._is_remote else None
        self._logged: set[tuple[str, str]] = set()
        """Subentries and codes of errors that were logged since the last successful utterance."""
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
                raise ConfigEntryAuthFailed(error.message, **translated(error)) from error
            if not failure.repair:
                self.update_interval = self._usual_interval or _RETRY_INTERVAL
                raise UpdateFailed(error.message, **translated(error)) from error
            self.issues.create(failure.key, subject_id=entry_id, error=error)
        else:
            self.issues.clear(entry_id)
            self.issues.check_version(self.service.version, subject_id=entry_id)
            self.issues.check_profiles(self.service.missing_profiles())
        self.update_interval = self._usual_interval

    @callback
    def async_watch_fallbacks(self) -> CALLBACK_TYPE:
        """Check the fallbacks now and after changes; return the function that stops the checks."""
        self._check_fallbacks()
        return async_dispatcher_connect(
            self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._account_changed
        )

    @callback
    def _account_changed(self, change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        # A change of this entry reloads it anyway.
        if entry.domain == DOMAIN and entry is not self.config_entry:
            self._check_fallbacks()
            self.async_update_listeners()  # a fallback can make an entity available

    def _check_fallbacks(self) -> None:
        self.issues.check_fallbacks(missing_fallbacks(self.hass, self.config_entry))

    def succeeded(self, subentry_id: str, result: Result, *, live: bool = True) -> None:
        """Record an utterance that this subentry or one of its fallbacks transcribed.

        ``live`` is False for a recording of the action, for which another language may be set.
        """
        self.usage.utterances += 1
        if live:
            self.usage.response_ms = result.timing.response_ms
        if result.failures:
            if live or not isinstance(result.failures[0], REQUEST_ERRORS):
                self._report(subentry_id, result.failures[0])
            else:
                self.async_update_listeners()
            return
        self._logged = {each for each in self._logged if each[0] != subentry_id}
        self.issues.clear(subentry_id, self.config_entry.entry_id)
        if self.last_update_success:
            self.async_update_listeners()
        else:
            LOGGER.info("%s is available again", self.name)
            self.update_interval = self._usual_interval
            self.async_set_updated_data(None)

    def failed(self, subentry_id: str, error: BridgeError) -> None:
        """Record an utterance without a result."""
        self.usage.utterances += 1
        self._report(subentry_id, error)

    def _report(self, subentry_id: str, error: BridgeError) -> None:
        """Count an error, log it, and start a reauthentication or create an issue for it."""
        failure = failure_of(error, remote=self._is_remote)
        self.usage.errors[error.code] += 1
        self.usage.last_error = error.code
        if failure.unreachable:
            self.config_entry.async_create_task(self.hass, self._async_check(subentry_id, error))
        else:
            self._log(subentry_id, error)
        if failure.reauth:
            self.config_entry.async_start_reauth(self.hass)
        if failure.repair:
            self.issues.create(failure.key, subject_id=subentry_id, error=error)
        self.async_update_listeners()

    async def _async_check(self, subentry_id: str, error: BridgeError) -> None:
        """Check the account; log the error unless the account turns out to be unavailable."""
        await self.async_request_refresh()
        if self.last_update_success:
            self._log(subentry_id, error)

    def _log(self, subentry_id: str, error: BridgeError) -> None:
        """Log an error, at most once until an utterance succeeds."""
        if (subentry_id, error.code) not in self._logged:
            self._logged.add((subentry_id, error.code))
            LOGGER.warning("%s: %s", self.name, error.with_advice)


AccountEntry = ConfigEntry[AccountCoordinator]
