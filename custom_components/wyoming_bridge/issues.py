"""Repair issues: problems that the user has to solve, shown until they are solved.

An issue is about one entity or about the whole account. Home Assistant keeps an issue after a
reload or a restart until the problem is solved, because the service may not answer then. Only
problems that are found again without the service are not stored.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from awesomeversion import AwesomeVersion, AwesomeVersionException
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .bridge import BridgeError
from .const import DOMAIN
from .failures import placeholders_of
from .recorders import LIMITS, EntityRecorder

MIN_BRIDGE_VERSION: Final = "0.1.0"
"""The oldest bridge that is supported. It has profiles, access tokens and partials."""

ISSUE_TOO_OLD: Final = "bridge_too_old"
ISSUE_PROFILE_GONE: Final = "profile_gone"
ISSUE_SETTING_INVALID: Final = "setting_invalid"
ISSUE_FALLBACK_GONE: Final = "fallback_gone"
ISSUE_FALLBACK_UNSUITABLE: Final = "fallback_unsuitable"

ISSUE_RECORDING: Final = "recording"
ISSUE_RECORDING_FAILED: Final = "recording_failed"

_FOUND_AGAIN: Final = (
    ISSUE_SETTING_INVALID,
    ISSUE_FALLBACK_GONE,
    ISSUE_FALLBACK_UNSUITABLE,
    ISSUE_RECORDING,
)
"""Issues that are found again after a restart, even if the service does not answer."""

_LASTING: Final = (*_FOUND_AGAIN, ISSUE_TOO_OLD, ISSUE_PROFILE_GONE, ISSUE_RECORDING_FAILED)
"""Issues that a successful utterance does not solve."""

_FIXABLE: Final = (ISSUE_PROFILE_GONE, ISSUE_RECORDING, ISSUE_RECORDING_FAILED)

CONF_ACCOUNT_ID: Final = "account_id"
CONF_SUBJECT_ID: Final = "subject_id"


class AccountIssues:
    """The issues of one account. The subject of an issue is a subentry or the account itself."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry

    def create(self, key: str, *, subject_id: str, error: BridgeError) -> None:
        """Create an issue that quotes the answer of the service or the bridge."""
        self._create(key, subject_id, placeholders_of(error), severity=ir.IssueSeverity.ERROR)

    def check_version(self, version: str | None) -> None:
        """Show an issue of the account if the bridge is too old."""
        shown = {}
        if version is not None and _is_older(version):
            shown[self._entry.entry_id] = {"version": version, "needed": MIN_BRIDGE_VERSION}
        self._update(ISSUE_TOO_OLD, shown, severity=ir.IssueSeverity.WARNING)

    def check_profiles(self, missing: Mapping[str, str]) -> None:
        """Show an issue for each subentry whose profile the bridge no longer has."""
        shown = {subject_id: {"profile": profile} for subject_id, profile in missing.items()}
        self._update(ISSUE_PROFILE_GONE, shown, severity=ir.IssueSeverity.ERROR)

    def check_settings(self, invalid: Collection[str]) -> None:
        """Show an issue for each subentry that is left out because a setting is invalid."""
        shown: dict[str, dict[str, str]] = {subject_id: {} for subject_id in invalid}
        self._update(ISSUE_SETTING_INVALID, shown, severity=ir.IssueSeverity.ERROR)

    def check_fallbacks(
        self,
        *,
        missing: Collection[str],
        unsuitable: Mapping[str, Collection[str]],
        uncertain: Collection[str],
    ) -> None:
        """Show an issue for each subentry with a fallback that cannot transcribe for it.

        ``missing`` are the subentries with a fallback that was removed. ``unsuitable`` has the
        titles of the fallbacks that know no language of a subentry, by its ID. ``uncertain`` are
        the subentries that may have other unsuitable fallbacks. They keep their issues.
        """
        gone: dict[str, dict[str, str]] = {subject_id: {} for subject_id in missing}
        self._update(ISSUE_FALLBACK_GONE, gone, severity=ir.IssueSeverity.WARNING)
        shown = {
            subject_id: {"fallback": ", ".join(titles)} for subject_id, titles in unsuitable.items()
        }
        self._update(
            ISSUE_FALLBACK_UNSUITABLE, shown, severity=ir.IssueSeverity.WARNING, kept=uncertain
        )

    def show_recorder(self, subentry_id: str, recorder: EntityRecorder) -> None:
        """Show an issue while an entity is recorded, and one if its recorder has failed."""
        folder = str(recorder.store.folder)
        if recorder.is_on:
            limits = {"keep": f"{LIMITS.keep}", "days": f"{LIMITS.max_days:g}", "folder": folder}
            self._create(ISSUE_RECORDING, subentry_id, limits, severity=ir.IssueSeverity.WARNING)
            self._delete(ISSUE_RECORDING_FAILED, subentry_id)
        else:
            self._delete(ISSUE_RECORDING, subentry_id)
        if recorder.failure:
            reason = recorder.failure.placeholders.get("reason", recorder.failure.code)
            self._create(
                ISSUE_RECORDING_FAILED,
                subentry_id,
                {"folder": folder, "reason": reason},
                severity=ir.IssueSeverity.ERROR,
            )

    def clear(self, *subject_ids: str) -> None:
        """Delete the issues of subjects that work again, except those with a ``_LASTING`` key."""
        for key, subject_id in self._shown():
            if subject_id in subject_ids and key not in _LASTING:
                self._delete(key, subject_id)

    def clear_removed(self) -> None:
        """Delete the issues of subentries that were removed."""
        for key, subject_id in self._shown():
            if subject_id not in {self._entry.entry_id, *self._entry.subentries}:
                self._delete(key, subject_id)

    def clear_all(self) -> None:
        """Delete all issues, because the account is not used any more."""
        for key, subject_id in self._shown():
            self._delete(key, subject_id)

    def update_titles(self) -> None:
        """Show the present titles of the account and its entities in all issues."""
        for issue, subject_id in self._issues():
            if issue.translation_key and issue.severity:
                self._create(
                    issue.translation_key,
                    subject_id,
                    issue.translation_placeholders or {},
                    severity=issue.severity,
                )

    def _shown(self) -> list[tuple[str, str]]:
        """Return the key and the subject ID of each issue of the account."""
        return [
            (issue.translation_key, subject_id)
            for issue, subject_id in self._issues()
            if issue.translation_key
        ]

    def _issues(self) -> list[tuple[ir.IssueEntry, str]]:
        """Return the issues of the account, each with its subject ID."""
        return [
            (issue, str(issue.data[CONF_SUBJECT_ID]))
            for issue in list(ir.async_get(self._hass).issues.values())
            if issue.domain == DOMAIN
            and issue.data
            and issue.data.get(CONF_ACCOUNT_ID) == self._entry.entry_id
        ]

    def _update(
        self,
        key: str,
        shown: Mapping[str, Mapping[str, str]],
        *,
        severity: ir.IssueSeverity,
        kept: Collection[str] = (),
    ) -> None:
        """Show an issue for each subject in ``shown``, and delete all other issues of this key.

        ``shown`` has the placeholders of each issue by its subject ID. The issues of the subjects
        in ``kept`` are not deleted: if a deleted issue is shown again, Home Assistant does not know
        any more that the user has ignored it.
        """
        for known, subject_id in self._shown():
            if known == key and subject_id not in {*shown, *kept}:
                self._delete(key, subject_id)
        for subject_id, placeholders in shown.items():
            self._create(key, subject_id, placeholders, severity=severity)

    def _create(
        self,
        key: str,
        subject_id: str,
        placeholders: Mapping[str, str],
        *,
        severity: ir.IssueSeverity,
    ) -> None:
        names = {"account": self._entry.title, "entity": ", ".join(self._titles(subject_id))}
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{subject_id}",
            data={CONF_ACCOUNT_ID: self._entry.entry_id, CONF_SUBJECT_ID: subject_id},
            is_fixable=key in _FIXABLE,
            is_persistent=key not in _FOUND_AGAIN,
            severity=severity,
            translation_key=key,
            translation_placeholders={**placeholders, **names},
        )

    def _titles(self, subject_id: str) -> Iterator[str]:
        """Yield the titles of the entities that an issue concerns."""
        for subentry in self._entry.subentries.values():
            if subject_id in {subentry.subentry_id, self._entry.entry_id}:
                yield subentry.title

    def _delete(self, key: str, subject_id: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{subject_id}")


def _is_older(version: str) -> bool:
    try:
        return AwesomeVersion(version) < AwesomeVersion(MIN_BRIDGE_VERSION)
    except AwesomeVersionException:
        return False  # a custom build, whose version cannot be compared
