"""What the utterances of an account tell about it: usage, errors and repair issues."""

import logging
from typing import TYPE_CHECKING

from .bridge import BridgeError, BudgetError, ErrorText, Result
from .failures import REQUEST_ERRORS, failure_of

if TYPE_CHECKING:
    from .coordinator import AccountCoordinator


class Outcomes:
    """Counts the utterances of one account's entities, and reports their errors."""

    def __init__(self, account: AccountCoordinator, *, remote: bool) -> None:
        """``remote`` is whether the account is a remote bridge."""
        self._account = account
        self._entry = account.config_entry
        self._is_remote = remote

    def succeeded(self, subentry_id: str, result: Result, *, live: bool = True) -> None:
        """Count an utterance that a subentry or one of its fallbacks transcribed.

        ``live`` is False if the audio came from an action. The caller of an action can choose a
        language that the service refuses, so the refusal is not reported as a problem.
        """
        if not self._has(subentry_id):
            return
        usage = self._account.usage[subentry_id]
        usage.count(result.utterance_id)
        if live:
            usage.response_ms = result.timing.response_ms
        if result.failures:
            for other in self._account.fallbacks.of(subentry_id):
                other.outcomes.transcribed_for_another(result)
            if live or not isinstance(result.failures[0], REQUEST_ERRORS):
                self._report(subentry_id, result.failures[0], utterance_id=result.utterance_id)
            else:
                self._account.async_update_listeners()
            return
        usage.logged.clear()
        self._account.issues.clear(subentry_id, self._entry.entry_id)
        self._account.async_works()

    def transcribed_for_another(self, result: Result) -> None:
        """Check this account if it has transcribed ``result`` although it counts as unavailable."""
        if result.profile in self._entry.subentries and not self._account.last_update_success:
            self._refresh(self._account)

    def failed(self, subentry_id: str, error: BridgeError, *, utterance_id: str | None) -> None:
        """Count an utterance without a result. The subentry's fallbacks have failed too."""
        if not self._has(subentry_id):
            return
        self._account.usage[subentry_id].count(utterance_id)
        self._report(subentry_id, error, utterance_id=utterance_id)
        for other in self._account.fallbacks.of(subentry_id):
            self._refresh(other)

    @staticmethod
    def _refresh(account: AccountCoordinator) -> None:
        account.config_entry.async_create_task(account.hass, account.async_request_refresh())

    def _has(self, subentry_id: str) -> bool:
        """Return whether a subentry is in use.

        It can be removed, or its account removed or disabled, while a person speaks to its entity.
        The utterance still goes on to its end, but then there is nothing to count or to report.
        """
        entry = self._entry
        known = self._account.hass.config_entries.async_get_entry(entry.entry_id)
        return known is entry and not entry.disabled_by and subentry_id in entry.subentries

    def _report(self, subentry_id: str, error: BridgeError, *, utterance_id: str | None) -> None:
        """Count an error, log it, and start a reauthentication or create an issue for it."""
        account = self._account
        if isinstance(error, BudgetError):  # the user has set this limit, so nothing is wrong
            self._log(subentry_id, error, utterance_id=utterance_id, level=logging.INFO)
            account.async_update_listeners()
            return
        failure = failure_of(error, remote=self._is_remote)
        account.usage[subentry_id].count_error(error, utterance_id=utterance_id)
        if failure.unreachable or failure.reauth or error.text is ErrorText.NO_SUCH_PROFILE:
            check = self._async_check(subentry_id, error, utterance_id=utterance_id)
            self._entry.async_create_task(account.hass, check)
        else:
            self._log(subentry_id, error, utterance_id=utterance_id)
        if failure.reauth:
            self._entry.async_start_reauth(account.hass)
        if failure.repair:
            account.issues.create(failure.key, subject_id=subentry_id, error=error)
        account.async_update_listeners()

    async def _async_check(
        self, subentry_id: str, error: BridgeError, *, utterance_id: str | None
    ) -> None:
        """Check the account, and log the error if the account is available.

        If the account is unavailable, Home Assistant logs that. The subentry can be removed during
        the check.
        """
        await self._account.async_request_refresh()
        if self._account.last_update_success and self._has(subentry_id):
            self._log(subentry_id, error, utterance_id=utterance_id)

    def _log(
        self,
        subentry_id: str,
        error: BridgeError,
        *,
        utterance_id: str | None,
        level: int = logging.WARNING,
    ) -> None:
        title = self._entry.subentries[subentry_id].title
        usage = self._account.usage[subentry_id]
        usage.log(title, error, utterance_id=utterance_id, level=level)
