"""Adds commands to the parser, and the options that several commands share."""

import argparse
from pathlib import Path
from typing import Final, TypeAlias

from ..config import LOCAL
from ..media.pace import speed_of
from ..providers.registry import ProviderName

__all__ = ["Commands", "add_backend", "add_command", "add_house", "add_pace"]

# Strings, because the help text of Python 3.11 would show the repr of enumeration members.
_PROVIDERS: Final = (LOCAL, *map(str, ProviderName))

_LEVELS: Final = ("debug", "info", "warning", "error")

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
"""What ``add_subparsers`` returns."""


def add_command(
    commands: Commands,
    name: str,
    *,
    help: str,  # noqa: A002 - argparse's own word
    example: str,
) -> argparse.ArgumentParser:
    """Add a command with the options that all commands have, and return its parser."""
    command = commands.add_parser(
        name,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # Otherwise --token would mean --token-file, and the token would be used as a file name.
        allow_abbrev=False,
    )
    command.add_argument("--log", choices=_LEVELS, help="lowest level of messages to log")
    return command


def add_backend(command: argparse.ArgumentParser) -> None:
    """Add the options that choose a configuration, or one profile without a file."""
    command.add_argument("--config", type=Path, metavar="FILE", help="configuration file")
    command.add_argument(
        "--provider",
        choices=_PROVIDERS,
        help="use one profile with this provider and its default settings",
    )
    command.add_argument("--url", help="base address of the service (default: the provider's)")
    command.add_argument("--language", help="spoken language, such as nl or nl-BE")
    command.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file with the provider's token (default: the variable WYOMING_BRIDGE_TOKEN)",
    )


def add_house(command: argparse.ArgumentParser) -> None:
    """Add ``--house``."""
    command.add_argument(
        "--house",
        type=Path,
        metavar="FILE",
        help="YAML file with the names of the house and its areas",
    )


def add_pace(command: argparse.ArgumentParser, *, default: str) -> None:
    """Add ``--pace``. ``default`` describes the pace that is used without this option."""
    command.add_argument(
        "--pace",
        type=_pace,
        metavar="PACE",
        help="pace at which audio is sent: realtime, fast, or a factor, such as 2 for twice as "
        f"fast as speech (default: {default})",
    )


def _pace(text: str) -> float:
    try:
        return speed_of(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from err
