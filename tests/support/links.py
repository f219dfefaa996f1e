"""The links of the documentation's pages, and the headings that they lead to."""

import re
from collections import Counter
from pathlib import Path

__all__ = ["REPOSITORY", "ROOT", "anchors_of", "broken_links", "links_of"]

ROOT = Path(__file__).parent.parent.parent

REPOSITORY = "https://github.com/wyoming-bridge/wyoming-bridge/blob/main/"
"""The address of a file on GitHub begins with this."""


def links_of(page: Path) -> list[str]:
    """Return the targets of the links and pictures of a page, without those in code blocks."""
    return re.findall(r"\]\(([^)\s]+)\)", _without_code(page.read_text()))


def anchors_of(text: str) -> set[str]:
    """Return the anchors that GitHub makes of the headings of a page.

    It takes the heading's text in lower case, drops everything but letters, digits, ``_`` and
    ``-``, and replaces spaces by ``-``. If several headings are the same, it numbers all but the
    first one.
    """
    anchors: set[str] = set()
    count: Counter[str] = Counter()
    for heading in re.findall(r"^#{1,6} +(.+?)[ #]*$", _without_code(text), re.MULTILINE):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.replace("*", "").lower()).replace(" ", "-")
        anchors.add(f"{anchor}-{count[anchor]}" if count[anchor] else anchor)
        count[anchor] += 1
    return anchors


def broken_links(page: Path) -> list[str]:
    """Return the links to a file or a heading of the repository that does not exist."""
    return [link for link in links_of(page) if not _exists(link, page)]


def _exists(link: str, page: Path) -> bool:
    own = link.startswith(REPOSITORY)
    if not own and re.match(r"[a-z]+:", link):
        return True  # another site
    name, _, anchor = link.removeprefix(REPOSITORY).partition("#")
    base = ROOT if own else page.resolve().parent
    target = base / name if name else page
    if not anchor:
        return target.exists()
    return target.is_file() and anchor in anchors_of(target.read_text())


def _without_code(text: str) -> str:
    return re.sub(r"^( *)(```+).*?^\1\2`* *$", "", text, flags=re.MULTILINE | re.DOTALL)
