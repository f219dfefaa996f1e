"""Checks an account with a real session before it is stored."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .bridge import BridgeError, Limits, Settings, Step, new_client
from .connector import HomeAssistantConnector
from .profiles import account_profile, settings_of

FORM_LIMITS: Final = Limits(ready_s=8.0)
"""Shorter than the usual 15 s, because the user waits at the form. A running service is ready in
one or two seconds, and a service that was scaled down needs minutes."""


Check = Callable[..., AsyncGenerator[Step]]


async def async_check_account(
    hass: HomeAssistant, data: Mapping[str, Any], *, limits: Limits = FORM_LIMITS
) -> BridgeError | None:
    """Transcribe one second of speech, and return the error if there is one.

    A probe is not enough: some services check the credit only when they get audio.
    """
    try:
        profile = replace(account_profile("check", data), limits=limits)
        check = await hass.async_add_executor_job(_prepared, settings_of(data, {}))
    except BridgeError as error:
        return error
    async with aclosing(check(profile, connector=HomeAssistantConnector(hass))) as steps:
        async for step in steps:
            if step.error:
                return step.error
    return None


def _prepared(settings: Settings) -> Check:
    """Return the package's check. This runs in a thread, because importing modules blocks."""
    from .bridge import check

    new_client(settings)
    return check
