"""Whether an account works, found out for real before it is stored."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from homeassistant.core import HomeAssistant

from .bridge import BridgeError, Limits, Settings, Step, new_client
from .connector import HomeAssistantConnector
from .profiles import account_profile, settings_of

PATIENCE: Final = Limits(ready_s=8.0)
"""Somebody looks at the form meanwhile. A service that is there is ready within a second or two,
and one that was asleep takes minutes: an utterance's own 15 s would change nothing."""


Check = Callable[..., AsyncGenerator[Step]]


async def async_try_account(
    hass: HomeAssistant, data: Mapping[str, Any], *, limits: Limits = PATIENCE
) -> BridgeError | None:
    """Have a second of a voice transcribed; gives what is wrong.

    A probe alone would not do: some services look at the credit when audio comes.
    """
    try:
        profile = replace(account_profile("trial", data), limits=limits)
        check = await hass.async_add_executor_job(_prepared, settings_of(data, {}))
    except BridgeError as error:
        return error
    async with aclosing(check(profile, connector=HomeAssistantConnector(hass))) as steps:
        async for step in steps:
            if step.error:
                return step.error
    return None


def _prepared(settings: Settings) -> Check:
    """The package's check, with all that it and the service's protocol import: in a thread."""
    from .bridge import check

    new_client(settings)
    return check
