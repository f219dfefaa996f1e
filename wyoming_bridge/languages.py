"""Language codes with the regions that users can choose."""

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
"""Regions that Home Assistant offers. It compares language codes as text, so all are listed."""


def with_regions(languages: Sequence[str]) -> list[str]:
    """Return each language code without a region, followed by its variants with a region."""
    forms: list[str] = []
    for language in languages:
        forms.append(language)
        forms += [f"{language}-{region}" for region in _REGIONS.get(language, ())]
    return forms
