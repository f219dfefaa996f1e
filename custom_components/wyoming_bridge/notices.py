"""What somebody has to mend: shown among Home Assistant's repairs until it is mended."""

from collections.abc import Mapping
from typing import Final

from awesomeversion import AwesomeVersion, AwesomeVersionException
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

MIN_BRIDGE_VERSION: Final = "0.1.0"
"""The first that tells its profiles, takes tokens and sends partials; there is none before."""

ISSUE_TOO_OLD: Final = "bridge_too_old"
ISSUE_PROFILE_GONE: Final = "profile_gone"
ISSUE_FALLBACK_GONE: Final = "fallback_gone"

_LOOKED_AT: Final = (ISSUE_TOO_OLD, ISSUE_PROFILE_GONE, ISSUE_FALLBACK_GONE)
"""An utterance that succeeds does not mend these."""


class Notices:
    """One account's. Each is about something: the account, or one of its subentries, by its id."""

    def __init__(self, hass: HomeAssistant, *, account: str) -> None:
        self._hass = hass
        self._account = account
        self._shown: set[tuple[str, str]] = set()

    def show(self, key: str, *, about: str, error: str) -> None:
        """Say what is wrong, in the words of the one who refused."""
        self._create(key, about, ir.IssueSeverity.ERROR, {"account": self._account, "error": error})

    def check_version(self, version: str | None, *, about: str) -> None:
        """A bridge that lacks what is needed has to be updated."""
        if version is None or not _is_older(version):
            self._delete({(ISSUE_TOO_OLD, about)})
            return
        told = {"account": self._account, "version": version, "needed": MIN_BRIDGE_VERSION}
        self._create(ISSUE_TOO_OLD, about, ir.IssueSeverity.WARNING, told)

    def check_profiles(self, missing: Mapping[str, str]) -> None:
        """A profile that the bridge does not have any more has to be chosen anew."""
        self._keep(ISSUE_PROFILE_GONE, ir.IssueSeverity.ERROR, "profile", missing)

    def check_fallbacks(self, missing: Mapping[str, str]) -> None:
        """An entity for which nobody stands in, or fewer than was chosen, has to be told of."""
        self._keep(ISSUE_FALLBACK_GONE, ir.IssueSeverity.WARNING, "entity", missing)

    def clear(self, *about: str) -> None:
        """These work again. What is looked at stays for as long as it is so."""
        mended = {each for each in self._shown if each[1] in about}
        self._delete({each for each in mended if each[0] not in _LOOKED_AT})

    def clear_all(self) -> None:
        """The account is not loaded any more: nobody would take them away later."""
        self._delete(set(self._shown))

    def _keep(
        self, key: str, severity: ir.IssueSeverity, kind: str, names: Mapping[str, str]
    ) -> None:
        """Show one notice for each name, by what it is about, and no others of its kind."""
        shown = {each for each in self._shown if each[0] == key}
        self._delete({each for each in shown if each[1] not in names})
        for about, name in names.items():
            self._create(key, about, severity, {"account": self._account, kind: name})

    def _create(
        self, key: str, about: str, severity: ir.IssueSeverity, told: dict[str, str]
    ) -> None:
        self._shown.add((key, about))
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{about}",
            is_fixable=False,
            severity=severity,
            translation_key=key,
            translation_placeholders=told,
        )

    def _delete(self, notices: set[tuple[str, str]]) -> None:
        for key, about in notices & self._shown:
            ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{about}")
        self._shown -= notices


def _is_older(version: str) -> bool:
    try:
        return AwesomeVersion(version) < AwesomeVersion(MIN_BRIDGE_VERSION)
    except AwesomeVersionException:
        return False  # somebody's own build: it is his to know
