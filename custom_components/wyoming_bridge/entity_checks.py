"""Tries the entities of an account with the changed data of the account.

An account can work while one of its entities does not, for example because the new token may not
use the model of that entity.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant

from .account_check import async_check_account
from .bridge import BridgeInfo, ConfigError
from .bridge_entity import async_check_profile, bridge_entity_errors
from .const import CONF_PROFILE
from .form_errors import NO_ERRORS, Form, FormErrors
from .profiles import new_profile


async def async_check_entities(
    hass: HomeAssistant,
    account: Mapping[str, Any],
    entities: Iterable[ConfigSubentry],
    *,
    form: Form,
    bridge: BridgeInfo | None,
) -> FormErrors:
    """Try each entity with the data of an account. The account itself must have been tried before.

    Return the first error. The placeholder ``entity`` of the error lists the names of all entities
    that do not work. Settings that several entities share are tried only once. ``bridge`` is what
    the bridge reports, if the account is a bridge.
    """
    tried: dict[object, FormErrors] = (
        {} if bridge else {new_profile("check", account, {}).backend: NO_ERRORS}
    )
    failing: dict[str, FormErrors] = {}
    for entity in entities:
        try:
            if bridge:
                errors = bridge_entity_errors(bridge, entity.data, form)
                if not errors:
                    errors = await _async_tried_profile(account, entity.data, form, tried=tried)
            else:
                errors = await _async_tried(hass, account, entity.data, form=form, tried=tried)
        except ConfigError as error:
            errors = FormErrors.of(error, form)
        if errors:
            failing[entity.title] = errors
    if not failing:
        return NO_ERRORS
    first = next(iter(failing.values()))
    # The error is not about a value in this form, so it is shown above the form.
    (key,) = first.by_field.values()
    return FormErrors(
        by_field={"base": key}, placeholders={**first.placeholders, "entity": ", ".join(failing)}
    )


async def _async_tried_profile(
    account: Mapping[str, Any],
    entity: Mapping[str, Any],
    form: Form,
    *,
    tried: dict[object, FormErrors],
) -> FormErrors:
    """Return the errors of an entity of a bridge; ``tried`` has those that are known so far."""
    settings = (entity[CONF_PROFILE], entity.get(CONF_LANGUAGE))
    if settings not in tried:
        tried[settings] = await async_check_profile(account, entity, form)
    return tried[settings]


async def _async_tried(
    hass: HomeAssistant,
    account: Mapping[str, Any],
    entity: Mapping[str, Any],
    *,
    form: Form,
    tried: dict[object, FormErrors],
) -> FormErrors:
    """Return the errors of an entity; ``tried`` has the errors of the settings tried so far.

    Raises:
        ConfigError: A setting of the entity is invalid.
    """
    settings = new_profile("check", account, entity).backend
    if settings not in tried:
        tried[settings] = await async_check_account(hass, account, entity, form=form)
    return tried[settings]
