"""Languages in the forms in which people choose them."""

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
"""Home Assistant compares languages letter by letter, and lets people choose these."""


def with_regions(languages: Sequence[str]) -> list[str]:
    """Each language in its base form, then with the regions that people choose."""
    forms: list[str] = []
    for language in languages:
        forms.append(language)
        forms += [f"{language}-{region}" for region in _REGIONS.get(language, ())]
    return forms
