"""Placeholders in the help texts of the forms: limits, ranges, defaults and links."""

from dataclasses import fields
from typing import Final

from .bridge import PROVIDERS, Endpointing, ProviderName, options_of

TERM_LIMITS: Final = {
    placeholder: str(limit)
    for name, provider in PROVIDERS.items()
    for placeholder, limit in (
        (f"{name}_terms", provider.capabilities.bias_terms),
        (f"{name}_characters", provider.capabilities.bias_characters),
    )
    if limit
}
"""Placeholders of the help texts: how many terms each service accepts, and how long each may be."""


def account_placeholders(provider: str) -> dict[str, str]:
    """Return the placeholder of a service's form: the page on which users create a token."""
    return {"key_url": PROVIDERS[ProviderName(provider)].key_url} if provider in PROVIDERS else {}


def setting_placeholders(provider: ProviderName | None) -> dict[str, str]:
    """Return the range and the default of each setting, for the help texts of an entity's form.

    The values are written the same in all languages: ``600 ms``, ``100-5000 ms`` with an en dash.
    """
    owners = (Endpointing, PROVIDERS[provider].settings) if provider else (Endpointing,)
    shown: dict[str, str] = {}
    for owner in owners:
        defaults = {each.name: each.default for each in fields(owner)}
        for name, option in options_of(owner):
            unit = f" {option.unit}" if option.unit else ""
            default = defaults[name]
            if isinstance(default, (int, float, str)) and not isinstance(default, bool):
                value = default if isinstance(default, str) else f"{default:g}{unit}"
                shown[f"{name}_default"] = value
            if option.minimum is not None and option.maximum is not None:
                shown[f"{name}_range"] = f"{option.minimum:g}\N{EN DASH}{option.maximum:g}{unit}"
    return shown
