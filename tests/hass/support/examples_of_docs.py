"""The examples in ``docs/home-assistant.md``, which the tests use as users would."""

from pathlib import Path
from typing import Final

__all__ = ["PAGE", "example_after", "examples"]

PAGE: Final = (Path(__file__).parents[3] / "docs" / "home-assistant.md").read_text()


def example_after(page: str, sentence: str) -> str:
    """Return the first YAML example of a page after a part of a sentence."""
    _, found, rest = page.partition(sentence)
    assert found, f"the page does not say: {sentence}"
    return rest.partition("```yaml\n")[2].partition("\n```")[0]


def examples(page: str) -> list[str]:
    """Return all YAML examples of a page."""
    return [each.partition("\n```")[0] for each in page.split("```yaml\n")[1:]]
