"""The examples in ``docs/home-assistant.md``, which the tests use as users would."""

import re
from pathlib import Path
from typing import Final

__all__ = ["PAGE", "example_after", "examples"]

PAGE: Final = (Path(__file__).parents[3] / "docs" / "home-assistant.md").read_text()


def example_after(page: str, sentence: str) -> str:
    """Return the first YAML example of a page after a part of a sentence.

    The page may break its lines anywhere in the sentence.
    """
    found = re.search(r"\s+".join(map(re.escape, sentence.split())), page)
    assert found, f"the page does not say: {sentence}"
    return page[found.end() :].partition("```yaml\n")[2].partition("\n```")[0]


def examples(page: str) -> list[str]:
    """Return all YAML examples of a page."""
    return [each.partition("\n```")[0] for each in page.split("```yaml\n")[1:]]
