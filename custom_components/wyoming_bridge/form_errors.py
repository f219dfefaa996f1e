"""What a form shows if it does not accept what the user has entered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import probatio as vol
from homeassistant.const import CONF_HOST, CONF_SSL, CONF_URL
from homeassistant.data_entry_flow import section

from .bridge import BridgeError, ConfigError
from .const import CONF_CA_CERTIFICATE, LOGGER
from .failures import failure_of, translated

Form = Mapping[vol.Marker, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormErrors:
    """The errors of a form."""

    by_field: Mapping[str, str] = field(default_factory=dict)
    """The translation key of each error by its field; ``base`` is above the form."""
    placeholders: Mapping[str, str] = field(default_factory=dict)
    """The values of the placeholders in the texts of the errors."""
    may_be_saved: bool = False
    """Whether the user may save the values although a test of them failed."""

    def __bool__(self) -> bool:
        """Return whether there is an error."""
        return bool(self.by_field)

    @classmethod
    def at(cls, name: str, key: str, form: Form, /, **placeholders: str) -> FormErrors:
        """Return an error at a field, or above the form if the form does not have the field.

        Home Assistant cannot show an error at a field in a section. It shows the error above the
        section, which may be collapsed.
        """
        return cls(by_field={_shown_at(name, form): key}, placeholders=placeholders)

    @classmethod
    def of(cls, error: BridgeError, form: Form) -> FormErrors:
        """Return an error at the field that caused it."""
        if error.text is None:  # the form shows only the kind of the error, so log the message
            LOGGER.warning("%s", error)
        translation = translated(error)
        name = error.setting if isinstance(error, ConfigError) else failure_of(error).field
        if (setting := error.placeholders.get("setting")) in form:
            name = str(setting)  # a server needs a setting that the service does not need
        if name == CONF_URL and CONF_HOST in form:
            name = CONF_HOST  # the form of a bridge asks for a host instead of a URL
        elif name not in form and not isinstance(error, ConfigError):
            name = "base"  # a service may fail because of a default, and then the field is empty
        placeholders = translation["translation_placeholders"]
        return cls.at(name, translation["translation_key"], form, **placeholders)


NO_ERRORS: Final = FormErrors()
"""No errors: the form accepts what the user has entered."""


def empty_fields(form: Form, values: Mapping[str, Any]) -> FormErrors:
    """Return the errors of required fields that hold only spaces.

    Home Assistant checks only that a required field has a value. ``cleaned`` drops a value of
    spaces, so a default would be used in its place.
    """
    empty = list(_empty(form, values))
    if not empty:
        return NO_ERRORS
    if shown := {name: "required" for name in empty if name in form}:
        return FormErrors(by_field=shown)
    return FormErrors.of(ConfigError(f"{empty[0]}: must not be empty"), form)


def _shown_at(name: str, form: Form) -> str:
    """Return the place of an error about a field: the field, its section, or above the form."""
    if name in form:
        return name
    sections = (
        str(key)
        for key, field in form.items()
        if isinstance(field, section) and name in field.schema.schema
    )
    return next(sections, "base")


def unused_certificate(account: Mapping[str, Any], form: Form) -> FormErrors:
    """Return the error of a certificate for a bridge whose connections are not encrypted.

    It would have no effect. The user may believe that it protects the connection. A form without
    the field has no error, because the user could not correct it there.
    """
    if account.get(CONF_SSL) or not account.get(CONF_CA_CERTIFICATE):
        return NO_ERRORS
    if CONF_CA_CERTIFICATE not in form:
        return NO_ERRORS
    return FormErrors.at(CONF_CA_CERTIFICATE, "certificate_without_ssl", form)


def _empty(form: Form, values: Mapping[str, Any]) -> Iterator[str]:
    for key, selector in form.items():
        value = values.get(key.schema)
        if isinstance(selector, section):
            yield from _empty(selector.schema.schema, value or {})
        elif isinstance(key, vol.Required) and isinstance(value, str) and not value.strip():
            yield str(key)
