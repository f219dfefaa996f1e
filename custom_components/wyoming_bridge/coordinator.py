"""An account while it is loaded: whether it works, what it did, and what somebody has to mend."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, override

from awesomeversion import AwesomeVersion
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .bridge import BridgeError, Result
from .const import CONF_PROVIDER, DOMAIN, LOGGER, PROVIDER_BRIDGE
from .failures import REPAIRS, Failure, failure_of, translated
from .speech_service import SpeechService, new_service

MIN_BRIDGE_VERSION: Final = "0.1.0"
"""The first that tells its profiles, takes tokens and sends partials."""

_BRIDGE_INTERVAL: Final = timedelta(seconds=30)
"""A bridge is in the house: asking it costs a packet, and its entity says whether it is there."""

_RETRY_INTERVAL: Final = timedelta(minutes=1)
"""A service on the internet is asked only while it is known not to answer."""

ISSUE_TOO_OLD: Final = "bridge_too_old"


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
        self._elsewhere = entry.data[CONF_PROVIDER] == PROVIDER_BRIDGE
        self._interval = _BRIDGE_INTERVAL if self._elsewhere else None
        self._told: set[str] = set()
        super().__init__(
            hass, LOGGER, config_entry=entry, name=entry.title, update_interval=self._interval
        )

    @override
    async def _async_update_data(self) -> None:
        try:
            await self.service.async_probe()
        except BridgeError as error:
            failure = failure_of(error)
            if failure.reauth:
                raise ConfigEntryAuthFailed(**translated(error)) from error
            if not failure.repair:
                self.update_interval = self._interval or _RETRY_INTERVAL
                if not self._is_news(error, failure):  # an utterance has met it before
                    self.last_update_success = False  # then it is not logged once more
                raise UpdateFailed(**translated(error)) from error
            self._create_repair(failure, error)
        else:
            self._check_version()
        if not self.last_update_success:
            self._told.clear()  # it is there again: when it goes once more, that is news
        self.update_interval = self._interval

    def succeeded(self, result: Result) -> None:
        """An utterance was transcribed: what was to be mended is, or a fallback stood in."""
        self.usage.utterances += 1
        self.usage.response_ms = result.timing.response_ms
        if result.failures:
            self._act_on(result.failures[0])
            return
        self._told.clear()
        _delete_issues(self.hass, self.config_entry.entry_id, REPAIRS)
        if not self.last_update_success:
            LOGGER.info("%s answers again", self.name)
        self.update_interval = self._interval
        self.async_set_updated_data(None)

    def failed(self, error: BridgeError) -> None:
        """An utterance had no result."""
        self.usage.utterances += 1
        self._act_on(error)

    def _act_on(self, error: BridgeError) -> None:
        """Tell whoever can mend it. It is logged once, until an utterance succeeds."""
        failure = failure_of(error, elsewhere=self._elsewhere)
        self.usage.errors[error.code] += 1
        self.usage.last_error = error.code
        if self._is_news(error, failure):
            LOGGER.warning("%s: %s", self.name, error.with_advice)
        if failure.reauth:
            self.config_entry.async_start_reauth(self.hass)
        if failure.repair:
            self._create_repair(failure, error)
        if failure.unreachable and self._elsewhere:
            # It may be the bridge's service that does not answer it.
            self.config_entry.async_create_task(self.hass, self.async_request_refresh())
        elif failure.unreachable and self.last_update_success:
            self.last_update_success = False
            self.update_interval = _RETRY_INTERVAL
            self._schedule_refresh()
        self.async_update_listeners()

    def _is_news(self, error: BridgeError, failure: Failure) -> bool:
        """Whether it has to be logged: a bridge may go, and so may the service behind it."""
        about = error.message if failure.unreachable else error.code
        if about in self._told:
            return False
        self._told.add(about)
        return True

    def _create_repair(self, failure: Failure, error: BridgeError) -> None:
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            _issue_id(failure.key, self.config_entry.entry_id),
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=failure.key,
            translation_placeholders={"account": self.name, "error": error.message},
        )

    def _check_version(self) -> None:
        """A bridge that lacks what is needed has to be updated."""
        issue_id = _issue_id(ISSUE_TOO_OLD, self.config_entry.entry_id)
        version = self.service.version
        if version is None or AwesomeVersion(version) >= AwesomeVersion(MIN_BRIDGE_VERSION):
            ir.async_delete_issue(self.hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_TOO_OLD,
            translation_placeholders={
                "account": self.name,
                "version": version,
                "needed": MIN_BRIDGE_VERSION,
            },
        )


AccountEntry = ConfigEntry[AccountCoordinator]


def delete_repairs(hass: HomeAssistant, entry_id: str) -> None:
    """An account goes away, and what was to be mended with it."""
    _delete_issues(hass, entry_id, (*REPAIRS, ISSUE_TOO_OLD))


def _delete_issues(hass: HomeAssistant, entry_id: str, keys: Iterable[str]) -> None:
    for key in keys:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(key, entry_id))


def _issue_id(key: str, entry_id: str) -> str:
    return f"{key}_{entry_id}"
