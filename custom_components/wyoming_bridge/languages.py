"""The languages that an account can transcribe."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_LANGUAGE
from homeassistant.core import HomeAssistant
from homeassistant.generated.languages import LANGUAGES

from .account_settings import provider_of, settings_of
from .bridge import PROVIDERS, engine_languages, is_same_language, with_regions
from .connector import HomeAssistantConnector
from .const import CONF_OTHER_LANGUAGES, CONF_PROTOCOL, SECTION_RECOGNITION
from .form_errors import NO_ERRORS, Form, FormErrors
from .sections import field_names


def protocol_languages(account: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the languages of the service whose protocol an account uses, without regions.

    Raises:
        ConfigError: The account names an unknown service.
    """
    return provider_of(account).capabilities.languages


async def async_known_languages(hass: HomeAssistant, account: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the languages of an account, without regions.

    The user's own server is asked for the languages of its engine or its model. If it reports none,
    return all languages of the protocol.

    Raises:
        ConfigError: A value of the account is invalid.
    """
    engine = await async_engine_languages(hass, account)
    return protocol_languages(account) if engine is None else engine


async def async_engine_languages(
    hass: HomeAssistant, account: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """Return the languages that the protocol of an account and the user's own server both know.

    Return None if the server reports no language, or if the account is one of the service itself.

    Raises:
        ConfigError: A value of the account is invalid.
    """
    settings = settings_of(account, {})
    engine = await engine_languages(settings, connector=HomeAssistantConnector(hass))
    if engine is None:
        return None
    return tuple(each for each in protocol_languages(account) if each in engine)


def wrong_language(languages: Iterable[str], known: tuple[str, ...], form: Form) -> FormErrors:
    """Return an error of the form if one of ``languages`` is not in ``known``."""
    if not known:
        return FormErrors.at(CONF_PROTOCOL, "protocol_without_language", form)
    if all(any(is_same_language(one, other) for other in known) for one in languages):
        return NO_ERRORS
    return FormErrors.at(CONF_LANGUAGE, "language_unknown", form, languages=", ".join(known))


def wrong_other_language(
    entity: Mapping[str, Any], engine: tuple[str, ...], form: Form
) -> FormErrors:
    """Return an error of the form if its field *Other languages* has one that is not in ``engine``.

    ``engine`` are the languages of the user's own server. A form without this field has no error,
    because the user could not correct it there.
    """
    others = entity.get(SECTION_RECOGNITION, {}).get(CONF_OTHER_LANGUAGES, ())
    wrong = [each for each in others if not any(is_same_language(each, one) for one in engine)]
    if not wrong or CONF_OTHER_LANGUAGES not in field_names(form):
        return NO_ERRORS
    return FormErrors.at(
        CONF_OTHER_LANGUAGES,
        "other_language_unknown",
        form,
        wrong=", ".join(wrong),
        languages=", ".join(engine),
    )


def offered_languages(known: Iterable[str], subentry: ConfigSubentry) -> list[str]:
    """Return the languages of assistants that can use a subentry, with and without regions.

    ``known`` are the languages of the subentry's service or profile. If a language is set for the
    subentry, the assistant's own language is ignored, so every assistant can use the subentry.
    """
    offered = list(known)
    if own := subentry.data.get(CONF_LANGUAGE):
        services = (each.capabilities.languages for each in PROVIDERS.values())
        offered += [own, *chain.from_iterable(services), *sorted(LANGUAGES)]
    return list(dict.fromkeys(with_regions(offered)))
