"""The parser of the command line. No option takes a token, because ``ps`` shows all arguments."""

import argparse
from pathlib import Path
from typing import Final

from ..config import DEFAULT_ADDRESS
from ..version import VERSION
from .argument_parser import ArgumentParser
from .recordings_parser import add_compare, add_recordings
from .server_parsers import add_app, add_run, add_serve
from .shared_options import Commands, add_backend, add_command, add_house, add_pace

__all__ = ["new_parser"]

_CODES: Final = """\
exit codes:
  0  done            3  the service or the bridge failed
  1  internal error  4  the audio has no words
  2  wrong command line or configuration
  130  interrupted while transcribing or checking
"""


def new_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser: argparse.ArgumentParser = ArgumentParser(
        prog="wyoming-bridge",
        description="Wyoming speech-to-text with realtime websocket services.",
        epilog=f"example:\n  wyoming-bridge run\n\n{_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # Otherwise --token would mean --token-file, and the token would be used as a file name.
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wyoming-bridge {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_run(commands)
    add_app(commands)
    add_serve(commands)
    _add_transcribe(commands)
    _add_check(commands)
    _add_health(commands)
    _add_providers(commands)
    _add_model(commands)
    add_recordings(commands)
    add_compare(commands)
    return parser


def _add_transcribe(commands: Commands) -> None:
    command = add_command(
        commands,
        "transcribe",
        help="transcribe an audio file, a URL or standard input (any common audio format, or raw "
        "16 kHz s16le mono)",
        example="wyoming-bridge transcribe samples/something.wav",
    )
    command.add_argument(
        "file",
        metavar="FILE|URL|-",
        help="audio file, http:// or https:// URL (MP3, HLS and more; the service fetches it "
        "itself if it can), or - for standard input",
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--uri",
        help="use the bridge at this address: tcp://host:port, or tls://host:port if it encrypts "
        "its connections",
    )
    where.add_argument(
        "--profile", help="use this profile of the configuration, without a running bridge"
    )
    command.add_argument(
        "--name", help="with --uri: profile of the bridge (default: the bridge's default)"
    )
    command.add_argument(
        "--access-token-file",
        type=Path,
        metavar="FILE",
        help="with --uri: file with the bridge's access token (default: the variable "
        "WYOMING_BRIDGE_ACCESS_TOKEN)",
    )
    command.add_argument(
        "--ca-file",
        type=Path,
        metavar="FILE",
        help="with --uri tls://...: file with the authorities that issue the bridge's certificate, "
        "or with the certificate itself (default: the system's authorities)",
    )
    add_pace(command, default="realtime for files and URLs, fast for -")
    command.add_argument("--json", action="store_true", help="print one JSON object per line")
    add_house(command)
    add_backend(command)


def _add_check(commands: Commands) -> None:
    command = add_command(
        commands,
        "check",
        help="test each profile step by step, with one second of a synthetic voice",
        example="wyoming-bridge check --config bridge.yaml --profile kitchen",
    )
    command.add_argument("--profile", help="test only this profile of the configuration")
    command.add_argument("--json", action="store_true", help="print one JSON object per line")
    add_backend(command)


def _add_health(commands: Commands) -> None:
    command = add_command(
        commands,
        "health",
        help="test whether a running bridge answers at each of its addresses",
        example="wyoming-bridge health --config bridge.yaml",
    )
    command.add_argument("--uri", help=f"address of the bridge (default: {DEFAULT_ADDRESS.uri})")
    command.add_argument("--config", type=Path, metavar="FILE", help="the bridge's configuration")
    command.add_argument(
        "--of-process",
        type=int,
        metavar="PID",
        help="test the bridge that runs in this process, at the addresses in its options (Linux "
        "only)",
    )
    command.add_argument(
        "--app-options",
        type=Path,
        metavar="FILE",
        help="test the bridge of the app that has these options",
    )


def _add_providers(commands: Commands) -> None:
    command = add_command(
        commands,
        "providers",
        help="show what each provider can do",
        example="wyoming-bridge providers --json",
    )
    command.add_argument("--json", action="store_true", help="print all details as one JSON object")


def _add_model(commands: Commands) -> None:
    command = add_command(
        commands,
        "model",
        help="show the models of the offline engines, or fetch a file of a model",
        example="wyoming-bridge model list",
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_command(
        actions,
        "list",
        help="show the known models and those that were fetched, and where they are",
        example="wyoming-bridge model list",
    )
    get = add_command(
        actions,
        "get",
        help="fetch a file of a model; run the command again to resume",
        example="wyoming-bridge model get https://example.org/base-es/tokenizer.bin "
        "--sha256 0a1b...",
    )
    get.add_argument("url", metavar="NAME|URL", help="a name in the list, or an https:// URL")
    get.add_argument("--sha256", help="SHA-256 of the file, which is required for a URL")
    get.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="folder of the model (default: one in the models folder, named after the URL)",
    )
