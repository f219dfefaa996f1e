"""Repair issues: problems that the user has to solve, shown until they are solved."""

from collections.abc import Mapping
from typing import Final

from awesomeversion import AwesomeVersion, AwesomeVersionException
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .bridge import BridgeError
from .const import DOMAIN
from .failures import placeholders_of

MIN_BRIDGE_VERSION: Final = "0.1.0"
"""The first release, which has profiles, access tokens and partials."""

ISSUE_TOO_OLD: Final = "bridge_too_old"
ISSUE_PROFILE_GONE: Final = "profile_gone"
ISSUE_FALLBACK_GONE: Final = "fallback_gone"

_CHECKED: Final = (ISSUE_TOO_OLD, ISSUE_PROFILE_GONE, ISSUE_FALLBACK_GONE)
"""Issues that only a check deletes, and not a successful utterance."""


class AccountIssues:
    """The issues of one account; the subject of each is the account or one of its subentries."""

    def __init__(self, hass: HomeAssistant, *, account: str) -> None:
        self._hass = hass
        self._account = account
        self._shown: set[tuple[str, str]] = set()

    def create(self, key: str, *, subject_id: str, error: BridgeError) -> None:
        """Create an issue with the answer of the service or the bridge."""
        placeholders = {"account": self._account, **placeholders_of(error)}
        self._create(key, subject_id, ir.IssueSeverity.ERROR, placeholders)

    def check_version(self, version: str | None, *, subject_id: str) -> None:
        """Show an issue if the bridge is too old."""
        if version is None or not _is_older(version):
            self._delete({(ISSUE_TOO_OLD, subject_id)})
            return
        placeholders = {"account": self._account, "version": version, "needed": MIN_BRIDGE_VERSION}
        self._create(ISSUE_TOO_OLD, subject_id, ir.IssueSeverity.WARNING, placeholders)

    def check_profiles(self, missing: Mapping[str, str]) -> None:
        """Show an issue for each profile that the bridge no longer has."""
        self._update(ISSUE_PROFILE_GONE, ir.IssueSeverity.ERROR, "profile", missing)

    def check_fallbacks(self, missing: Mapping[str, str]) -> None:
        """Show an issue for each entity with a fallback that was removed."""
        self._update(ISSUE_FALLBACK_GONE, ir.IssueSeverity.WARNING, "entity", missing)

    def clear(self, *subject_ids: str) -> None:
        """Delete the issues of subjects that work again, except those that a check ends."""
        solved = {each for each in self._shown if each[1] in subject_ids}
        self._delete({each for each in solved if each[0] not in _CHECKED})

    def clear_all(self) -> None:
        """Delete all issues, when the account is unloaded."""
        self._delete(set(self._shown))

    def _update(
        self, key: str, severity: ir.IssueSeverity, kind: str, names: Mapping[str, str]
    ) -> None:
        """Show one issue per name, by subject, and delete the others with this key."""
        shown = {each for each in self._shown if each[0] == key}
        self._delete({each for each in shown if each[1] not in names})
        for subject_id, name in names.items():
            self._create(key, subject_id, severity, {"account": self._account, kind: name})

    def _create(
        self, key: str, subject_id: str, severity: ir.IssueSeverity, placeholders: dict[str, str]
    ) -> None:
        self._shown.add((key, subject_id))
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{subject_id}",
            is_fixable=False,
            severity=severity,
            translation_key=key,
            translation_placeholders=placeholders,
        )

    def _delete(self, issues: set[tuple[str, str]]) -> None:
        for key, subject_id in issues & self._shown:
            ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{subject_id}")
        self._shown -= issues


def _is_older(version: str) -> bool:
    try:
        return AwesomeVersion(version) < AwesomeVersion(MIN_BRIDGE_VERSION)
    except AwesomeVersionException:
        return False  # the version of a custom build
