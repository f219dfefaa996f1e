"""The steps for adding a provider or an engine name files that exist."""

import re

import pytest
import yaml

from links import ROOT
from wyoming_bridge.providers.registry import ProviderName

pytestmark = pytest.mark.once

SECTIONS = dict(
    re.findall(
        r"^## (To add [^\n]+)\n(.*?)(?=^## )",
        (ROOT / "CONTRIBUTING.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)


@pytest.mark.parametrize("title", ["To add a provider", "To add an engine"])
def test_each_file_that_is_named_exists(title: str) -> None:
    named = [each for each in re.findall(r"`([^`\n]+)`", SECTIONS[title]) if "/" in each]
    files = [each.replace("<name>", name) for each in named for name in ProviderName]

    missing = [each for each in files if "*" not in each and not (ROOT / each).exists()]

    assert named
    assert missing == []


def test_the_app_offers_every_provider() -> None:
    schema = yaml.safe_load((ROOT / "app" / "config.yaml").read_text())["schema"]

    assert schema["provider"] == f"list({'|'.join(('local', *sorted(ProviderName)))})"
