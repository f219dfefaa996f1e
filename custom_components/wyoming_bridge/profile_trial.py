"""Tries a profile of a remote bridge before an entity uses it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .bridge import BridgeError, BudgetError
from .const import CONF_PROFILE
from .form_errors import Form, FormErrors
from .remote_bridge import try_bridge_profile

TRIAL_S: Final = 20.0
"""How long the user waits in front of the form. By default a bridge reports after 15 s why a
service cannot be reached, so the form can say why. A slower service may be starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFailure:
    """Why a profile does not transcribe."""

    error: BridgeError | None
    """None if the bridge had neither a transcript nor an error within ``TRIAL_S``."""
    profile: str
    fallback: str = ""
    """The profile that transcribed in its place; empty if no profile did."""

    def errors(self, form: Form) -> FormErrors:
        """Return the errors that a form has to show.

        They are at the profile, because the address and the access token of the account work. If a
        fallback works, the user may save the profile nevertheless.
        """
        if self.error is None:
            return FormErrors.at(CONF_PROFILE, "profile_late", form, seconds=f"{TRIAL_S:g}")
        told = FormErrors.of(self.error, form)
        (key,) = told.by_field.values()
        names = {"profile": self.profile, "fallback": self.fallback}
        shown = FormErrors.at(CONF_PROFILE, key, form, **told.placeholders, **names)
        return replace(shown, may_be_saved=bool(self.fallback))


async def async_try_profile(
    account: Mapping[str, Any], entity: Mapping[str, Any]
) -> ProfileFailure | None:
    """Let the bridge transcribe with the settings of an entity; return None if that works.

    A profile whose daily limit is reached works.
    """
    profile: str = entity[CONF_PROFILE]
    try:
        async with asyncio.timeout(TRIAL_S):
            result = await try_bridge_profile(account, entity)
    except BridgeError as error:
        return ProfileFailure(error=error, profile=profile)
    except TimeoutError:
        return ProfileFailure(error=None, profile=profile)
    # An older bridge does not name the profile that transcribed.
    if result is None or result.profile in {"", profile} or not result.failures:
        return None
    reason = result.failures[0]
    if isinstance(reason, BudgetError):
        return None
    return ProfileFailure(error=reason, profile=profile, fallback=result.profile)
