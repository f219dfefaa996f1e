"""Language codes with and without regions, such as ``nl-BE`` and ``nl``."""

from collections.abc import Sequence
from typing import Final

__all__ = ["is_same_language", "with_regions"]

_REGIONS: Final = {
    "de": ("DE", "AT", "CH"),
    "en": ("US", "GB", "AU", "CA", "IE", "IN", "NZ", "ZA"),
    "es": ("ES", "MX", "AR", "CO", "US"),
    "fr": ("FR", "BE", "CA", "CH"),
    "it": ("IT", "CH"),
    "nl": ("NL", "BE"),
    "pt": ("PT", "BR"),
    "zh": ("CN", "HK", "TW"),
}
"""The regions that Home Assistant offers. ``with_regions`` returns all of them, because Home
Assistant compares whole codes."""


def with_regions(languages: Sequence[str]) -> list[str]:
    """Return each language code without a region, followed by its variants with a region."""
    forms: list[str] = []
    for language in languages:
        forms.append(language)
        forms += [f"{language}-{region}" for region in _REGIONS.get(language, ())]
    return forms


def is_same_language(one: str, other: str) -> bool:
    """Return whether two codes name the same language, perhaps with different regions."""
    return _base_of(one) == _base_of(other)


def _base_of(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].casefold()
