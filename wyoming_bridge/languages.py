"""Adds regions to language codes, such as ``nl-BE`` to ``nl``."""

from collections.abc import Sequence
from typing import Final

__all__ = ["with_regions"]

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
"""The regions that Home Assistant offers. All are listed because Home Assistant compares whole
codes."""


def with_regions(languages: Sequence[str]) -> list[str]:
    """Return each language code without a region, followed by its variants with a region."""
    forms: list[str] = []
    for language in languages:
        forms.append(language)
        forms += [f"{language}-{region}" for region in _REGIONS.get(language, ())]
    return forms
