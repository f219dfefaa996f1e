"""The texts of the integration, as they are shipped."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = [
    "ENGLISH",
    "FLOW",
    "INTEGRATION",
    "SUBENTRY",
    "TRANSLATIONS",
    "placeholders",
    "source",
    "texts_in",
    "texts_of",
]

INTEGRATION = Path(__file__).parents[3] / "custom_components" / "wyoming_bridge"
TRANSLATIONS = INTEGRATION / "translations"

ENGLISH = json.loads((TRANSLATIONS / "en.json").read_text())
FLOW = ENGLISH["config"]
SUBENTRY = ENGLISH["config_subentries"]["stt"]


def texts_of(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from texts_of(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def texts_in(language: str) -> dict[str, str]:
    return dict(texts_of(json.loads((TRANSLATIONS / f"{language}.json").read_text())))


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def source(module: str) -> str:
    return (INTEGRATION / f"{module}.py").read_text()
