"""Reads from ``docs/install.md`` what a newcomer has to type."""

import re
import shlex
from pathlib import Path
from typing import Final

__all__ = ["InstallPage"]

_PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "install.md"


class InstallPage:
    """The page that a newcomer follows."""

    def __init__(self) -> None:
        self._text = _PAGE.read_text("utf-8")

    def bridge_command(self) -> list[str]:
        """Return the words of the command that starts a bridge with Python."""
        section = self._section("A Pi, a NAS or a server with Python")
        (command,) = re.findall(r"^wyoming-bridge run .*$", section, re.MULTILINE)
        return shlex.split(command)

    def address(self, installation: str) -> tuple[str, int]:
        """Return the host and the port that the table tells the newcomer to type.

        Args:
            installation: The text with which the row of the table begins.
        """
        (row,) = re.findall(rf"^\| {re.escape(installation)}.*\|$", self._text, re.MULTILINE)
        _, _, host, port, _ = row.split("|")
        return host.strip(" `"), int(port)

    def named(self, name: str) -> str:
        """Check that the steps mention ``name``, an English name on Home Assistant's pages.

        Return the name.

        Raises:
            LookupError: The steps do not mention the name, so a newcomer would not find it.
        """
        names = [
            " ".join(each.split())
            for each in re.findall(r"\*([^*]+)\*", self._section("Then add it to Home Assistant"))
        ]
        if not any(name in path.split(" > ") for path in names):
            raise LookupError(f"{_PAGE.name} does not name {name!r}; it names {names}")
        return name

    def _section(self, title: str) -> str:
        _, _, rest = self._text.partition(f"\n## {title}\n")
        section, _, _ = rest.partition("\n## ")
        return section
