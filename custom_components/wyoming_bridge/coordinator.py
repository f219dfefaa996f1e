"""The state of a loaded account: its service, its availability and its entities."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .account_settings import is_bridge
from .bridge import BridgeError, Observe
from .const import LOGGER
from .failures import failure_of, translated
from .fallback_accounts import FallbackAccounts
from .house import HOUSE, terms_of
from .issues import AccountIssues
from .outcomes import Outcomes
from .realtime_service import RealtimeService
from .recorders import EntityRecorder
from .remote_bridge import RemoteBridge
from .speech_service import FittedTerms, SpeechService
from .usage import Usage

_BRIDGE_INTERVAL: Final = timedelta(seconds=30)
"""How often a bridge is queried. It is on the local network, so a query is cheap."""

_RETRY_INTERVAL: Final = timedelta(minutes=1)
"""How often a service is queried while it is unavailable. An available service is not queried."""


LANGUAGES_INTERVAL: Final = timedelta(minutes=5)
"""How often the user's own server is asked for its languages. It may be started with another
engine or model, and a request costs it almost nothing."""


class AccountCoordinator(DataUpdateCoordinator[None]):
    """Checks one account, and tells its entities whether it is available."""

    config_entry: AccountEntry

    def __init__(self, hass: HomeAssistant, entry: AccountEntry) -> None:
        self._is_remote = is_bridge(entry.data)
        self.service: SpeechService = (RemoteBridge if self._is_remote else RealtimeService)(
            hass, entry
        )
        self.usage = {subentry_id: Usage() for subentry_id in entry.subentries}
        """The counters of each subentry, by its ID."""
        self.issues = AccountIssues(hass, entry)
        self.recorders = {
            subentry_id: EntityRecorder(
                hass, subentry_id, on_change=partial(self._recorder_changed, subentry_id)
            )
            for subentry_id in (() if self._is_remote else entry.subentries)
        }
        """The recorder of each subentry, by its ID; empty if a remote bridge does the recording."""
        self._usual_interval = _BRIDGE_INTERVAL if self._is_remote else None
        self._was_available = True
        self.has_answered = False
        """Whether the service has answered since the account was loaded.

        Only then is it certain which languages it knows: a server can know fewer languages than its
        protocol.
        """
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=self._usual_interval,
        )
        self.outcomes = Outcomes(self, remote=self._is_remote)
        """Counts and reports the utterances of this account's entities."""
        self.fallbacks = FallbackAccounts(self)
        """The other accounts that have fallbacks of this account's entities."""

    async def async_start(self) -> None:
        """Prepare the subentries. Show an issue for each that is left out.

        Raises:
            BridgeError: A setting of the account or of all its subentries is invalid, or the usage
                cannot be stored.
        """
        await self.service.async_start()
        subentries = self.config_entry.subentries  # the user can have removed some meanwhile
        invalid = {
            each: error for each, error in self.service.invalid.items() if each in subentries
        }
        self.issues.check_settings(invalid)
        if invalid and invalid.keys() == subentries.keys():
            raise next(iter(invalid.values()))
        for subentry_id, error in invalid.items():
            LOGGER.warning("%s is unavailable: %s", subentries[subentry_id].title, error)

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
            self.has_answered = True
            self.issues.clear(entry_id)
            self.issues.check_version(self.service.bridge.version if self.service.bridge else None)
            self.issues.check_profiles(self.service.missing_profiles())
        self.update_interval = self._usual_interval

    async def async_refresh_languages(self, _: datetime) -> None:
        """Ask the user's own server for its languages, and update what depends on them."""
        if self.last_update_success and await self.service.async_refresh_languages():
            self.fallbacks.async_announce()
            self.async_update_listeners()

    def is_prepared(self, subentry_id: str) -> bool:
        """Return whether a subentry can have entities.

        It cannot if it has an invalid setting, or if it was added after ``async_start``.
        """
        return subentry_id in self.usage and subentry_id not in self.service.invalid

    @callback
    def terms(self, subentry_id: str) -> FittedTerms | None:
        """Return which terms the service gets with the next utterance, and which are left out.

        Return None if that is not known yet.
        """
        subentry = self.config_entry.subentries[subentry_id]
        language = subentry.data.get(CONF_LANGUAGE)
        terms = terms_of(subentry, self.hass.data[HOUSE], language=language)
        return self.service.fitted(subentry_id, terms)

    @override
    @callback
    def async_update_listeners(self) -> None:
        """Update the entities of this account.

        If the account has become available or unavailable, also update the entities of the other
        accounts.
        """
        super().async_update_listeners()
        if self._was_available != self.last_update_success:
            self._was_available = self.last_update_success
            self.fallbacks.async_announce()

    @callback
    def async_works(self) -> None:
        """Update the entities after an utterance without an error: the account is available."""
        if self.last_update_success:
            self.async_update_listeners()
            return
        LOGGER.info("%s is available again", self.name)
        self.update_interval = self._usual_interval
        self.async_set_updated_data(None)

    def is_available(self, subentry_id: str) -> bool:
        """Return whether a subentry or one of its fallbacks can transcribe.

        A subentry cannot transcribe while its account is unavailable, or if the bridge no longer
        has its profile. A fallback's own fallbacks do not count, because they do not get the
        utterance.
        """
        works = self.last_update_success and subentry_id not in self.service.missing_profiles()
        return works or any(
            account.last_update_success for account in self.fallbacks.of(subentry_id)
        )

    def observe(self, subentry_id: str) -> Observe | None:
        """Return the function that records an utterance; None if the utterance is not recorded.

        Home Assistant does not record the utterances of a remote bridge.
        """
        recorder = self.recorders.get(subentry_id)
        return recorder.observe if recorder else None

    @callback
    def _recorder_changed(self, subentry_id: str) -> None:
        recorder = self.recorders[subentry_id]
        self.issues.show_recorder(subentry_id, recorder)
        self.async_update_listeners()


AccountEntry = ConfigEntry[AccountCoordinator]
