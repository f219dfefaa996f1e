"""Tries an account, and the settings of an entity, with a real session before they are stored."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant

from .account_settings import settings_of
from .bridge import BridgeError, Limits, Settings, Step
from .connector import HomeAssistantConnector
from .form_errors import NO_ERRORS, Form, FormErrors
from .languages import (
    async_engine_languages,
    protocol_languages,
    wrong_language,
    wrong_other_language,
)
from .profiles import new_profile

FORM_LIMITS: Final = Limits(ready_s=8.0)
"""The limits of a check. The session must be ready within 8 s, not the usual 15 s, because the user
waits in front of the form. A running service is ready in 1 to 2 s. A service that was scaled down
needs minutes, so waiting for 15 s would not help."""


Check = Callable[..., AsyncGenerator[Step]]


async def async_check_account(
    hass: HomeAssistant,
    account: Mapping[str, Any],
    entity: Mapping[str, Any],
    *,
    form: Form,
) -> FormErrors:
    """Transcribe one second of speech with the settings of an entity, and return what is wrong.

    A session without audio would not be enough, because some services check the credit only when
    they get audio. Also check that the account supports the languages of the entity, if it has any.
    """
    languages = [entity[CONF_LANGUAGE]] if CONF_LANGUAGE in entity else []
    try:
        profile = replace(
            new_profile("check", account, entity),
            limits=FORM_LIMITS,
            max_seconds_per_day=None,  # the entity's daily limit does not apply to the check
        )
        if errors := wrong_language(languages, protocol_languages(account), form):
            return errors
        check = await hass.async_add_executor_job(_prepared, settings_of(account, {}))
        async with aclosing(check(profile, connector=HomeAssistantConnector(hass))) as steps:
            async for step in steps:
                if step.error:
                    return FormErrors.of(step.error, form)
        engine = await async_engine_languages(hass, account)
        if engine is None:
            return NO_ERRORS
        return wrong_language(languages, engine, form) or wrong_other_language(entity, engine, form)
    except BridgeError as error:
        return FormErrors.of(error, form)


def _prepared(settings: Settings) -> Check:
    """Import the client of the service and the package's ``check``, and return ``check``.

    Call this in a thread, because importing modules blocks the event loop.
    """
    from .bridge import check, new_client

    new_client(settings)
    return check
