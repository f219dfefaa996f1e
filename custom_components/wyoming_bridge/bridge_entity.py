"""The entity of a remote bridge: its form, and the validation of the settings in the form."""

from collections.abc import Mapping
from typing import Any

import probatio as vol
from homeassistant.const import CONF_LANGUAGE
from homeassistant.helpers.selector import SelectSelectorMode

from .bridge import (
    BridgeInfo,
    BridgeProfile,
    ConfigError,
    Endpointing,
    EndpointSource,
    ErrorText,
)
from .const import CONF_OVERRIDE, CONF_PROFILE
from .entity_data import form_values
from .entity_fields import bridge_entity_fields, profile_selector
from .form_errors import NO_ERRORS, Form, FormErrors
from .languages import wrong_language
from .profile_trial import async_try_profile
from .profiles import endpointing_of
from .sections import Fields
from .stored_choices import with_stored_choices


def bridge_form(bridge: BridgeInfo, data: Mapping[str, Any]) -> Fields:
    """Return the form for an entity of a bridge with this data.

    The form has the languages and the settings of the profile in ``data``. A new entity has the
    default profile of the bridge until the user selects another one. The form offers the values of
    ``data`` even if the bridge does not know them any more.
    """
    profiles = profile_selector(bridge.profiles, mode=SelectSelectorMode.DROPDOWN)
    first: Fields = {vol.Required(CONF_PROFILE): profiles}
    chosen = _named(bridge).get(data.get(CONF_PROFILE, ""), bridge.profiles[0])
    entity = bridge_entity_fields(chosen.capabilities, stored=data, languages=chosen.languages)
    return with_stored_choices({**first, **entity}, form_values(data, None))


def unknown_language(bridge: BridgeInfo, data: Mapping[str, Any], form: Form) -> FormErrors:
    """Return the error of a language that the profile of an entity does not know."""
    profile = _named(bridge).get(data.get(CONF_PROFILE, ""))
    return _wrong_language(profile, data, form) if profile else NO_ERRORS


def bridge_entity_errors(bridge: BridgeInfo, data: Mapping[str, Any], form: Form) -> FormErrors:
    """Return the errors that the form has to show for the settings of an entity.

    Raises:
        ConfigError: A setting for the end of speech is invalid.
    """
    endpointing = endpointing_of(data)
    profiles = _named(bridge)
    profile = profiles.get(data[CONF_PROFILE])
    if profile is None:  # it was removed while the form was open
        return FormErrors.at(
            CONF_PROFILE,
            "no_such_profile",
            form,
            name=data[CONF_PROFILE],
            available=", ".join(profiles),
        )
    _check_source(endpointing, profile, data)
    return _wrong_language(profile, data, form)


async def async_check_entity(
    account: Mapping[str, Any],
    bridge: BridgeInfo,
    data: Mapping[str, Any],
    *,
    form: Form,
    stored: Mapping[str, Any],
) -> FormErrors:
    """Check the settings of an entity, and try its profile if that or the language has changed.

    ``stored`` is the stored data of the entity; empty for a new one. Other settings can be changed
    even while the bridge's service is down.

    Raises:
        ConfigError: A setting for the end of speech is invalid.
    """
    errors = bridge_entity_errors(bridge, data, form)
    is_changed = any(data.get(each) != stored.get(each) for each in (CONF_PROFILE, CONF_LANGUAGE))
    if errors or not is_changed:
        return errors
    return await async_check_profile(account, data, form)


async def async_check_profile(
    account: Mapping[str, Any], data: Mapping[str, Any], form: Form
) -> FormErrors:
    """Let the bridge transcribe with the settings of an entity, and return what is wrong."""
    failure = await async_try_profile(account, data)
    return failure.errors(form) if failure else NO_ERRORS


def suitable_profiles(bridge: BridgeInfo, data: Mapping[str, Any]) -> list[BridgeProfile]:
    """Return the profiles with which an entity with these settings works."""
    return [
        profile
        for profile in bridge.profiles
        if _is_suitable(bridge, {**data, CONF_PROFILE: profile.name})
    ]


def _named(bridge: BridgeInfo) -> dict[str, BridgeProfile]:
    return {each.name: each for each in bridge.profiles}


def _wrong_language(profile: BridgeProfile, data: Mapping[str, Any], form: Form) -> FormErrors:
    languages = [data[CONF_LANGUAGE]] if CONF_LANGUAGE in data else []
    return wrong_language(languages, profile.languages, form)


def _is_suitable(bridge: BridgeInfo, data: Mapping[str, Any]) -> bool:
    try:
        return not bridge_entity_errors(bridge, data, bridge_form(bridge, data))
    except ConfigError:
        return False


def _check_source(
    endpointing: Endpointing, profile: BridgeProfile, data: Mapping[str, Any]
) -> None:
    """Check that the service of a bridge's profile can end an utterance, if it has to.

    Raises:
        ConfigError: It cannot. The form offers the choice if another profile was selected before.
    """
    must_end = data.get(CONF_OVERRIDE) and endpointing.source == EndpointSource.PROVIDER
    if must_end and not profile.capabilities.server_vad:
        raise ConfigError(ErrorText.SERVICE_ENDS_NOTHING, setting="source")
