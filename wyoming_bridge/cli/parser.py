"""What can be typed. No option takes a token: arguments show in ``ps``."""

import argparse
from pathlib import Path
from typing import Final

from ..app.local_server import DEFAULT_HOST, DEFAULT_PORT
from ..config import LOCAL
from ..config.engines import DEFAULT_ENGINE, ENGINES
from ..providers.registry import ProviderName
from ..version import VERSION

__all__ = ["new_parser"]

_PROVIDERS: Final = (LOCAL, *ProviderName)
_LEVELS: Final = ("debug", "info", "warning", "error")

_CODES: Final = """\
exit codes:
  0  done            3  the service or the bridge failed
  1  internal error  4  nothing was heard
  2  wrong command line or configuration
  130  interrupted while transcribing or checking
"""


def new_parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    parser = argparse.ArgumentParser(
        prog="wyoming-bridge",
        description="Wyoming speech-to-text on realtime websocket services.",
        epilog=f"example:\n  wyoming-bridge run\n\n{_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --token would be taken for --token-file, and a token for its name
    )
    parser.add_argument("--version", action="version", version=f"wyoming-bridge {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_serve(commands)
    _add_transcribe(commands)
    _add_check(commands)
    _add_providers(commands)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def _add_command(
    commands: "_Commands[argparse.ArgumentParser]",
    name: str,
    *,
    help: str,  # noqa: A002 - argparse's own word
    example: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --token would be taken for --token-file, and a token for its name
    )
    command.add_argument("--log", choices=_LEVELS, help="how much to log (default: info)")
    return command


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - TCP's own border
        raise argparse.ArgumentTypeError(f"{text} is no port; allowed are 0 to 65535")
    return int(text)


def _add_backend(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, metavar="FILE", help="configuration file")
    command.add_argument(
        "--provider", choices=_PROVIDERS, help="one profile with the provider's defaults"
    )
    command.add_argument("--url", help="base address of the provider, if not its own")
    command.add_argument("--language", help="language that is spoken, such as nl or nl-BE")
    command.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file with the provider's token; or set WYOMING_BRIDGE_TOKEN",
    )


def _add_run(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add_command(
        commands,
        "run",
        help="run the bridge; with no configuration, on the local realtime server",
        example="wyoming-bridge run --uri tcp://0.0.0.0:10300 --config bridge.yaml",
    )
    command.add_argument("--uri", help="where to listen (default: tcp://127.0.0.1:10300)")
    command.add_argument(
        "--zeroconf", action="store_true", help="let Home Assistant find the bridge in the network"
    )
    _add_backend(command)


def _add_serve(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add_command(
        commands,
        "serve",
        help="run the local realtime server alone",
        example=f"wyoming-bridge serve --port {DEFAULT_PORT} --engine {DEFAULT_ENGINE}",
    )
    command.add_argument("--host", default=DEFAULT_HOST, help="(default: %(default)s)")
    command.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="0 for any (default: %(default)s)"
    )
    command.add_argument(
        "--engine", choices=tuple(ENGINES), default=DEFAULT_ENGINE, help="(default: %(default)s)"
    )
    command.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file with the tokens that clients may use, one a line; without it everybody on "
        "this machine may",
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="how the services are to be played"
    )


def _add_transcribe(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add_command(
        commands,
        "transcribe",
        help="transcribe an audio file, an address, or standard input: a container, or raw "
        "16 kHz s16le mono",
        example="wyoming-bridge transcribe samples/something.wav",
    )
    command.add_argument(
        "file",
        metavar="FILE|URL|-",
        help="audio file, http:// or https:// address (MP3, HLS and more; a service that can "
        "fetch it does), or - for standard input",
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument("--uri", help="through the bridge that listens there")
    where.add_argument("--profile", help="through this profile of the configuration, directly")
    command.add_argument("--name", help="with --uri: the bridge's profile (default: its default)")
    command.add_argument(
        "--access-token-file",
        type=Path,
        metavar="FILE",
        help="with --uri: file with the bridge's access token; or set WYOMING_BRIDGE_ACCESS_TOKEN",
    )
    command.add_argument(
        "--pace",
        choices=("realtime", "fast"),
        help="how fast audio is sent (default: realtime for files, as it comes for -)",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    _add_backend(command)


def _add_check(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add_command(
        commands,
        "check",
        help="try each profile step by step, with a second of a made-up voice",
        example="wyoming-bridge check --config bridge.yaml --profile kitchen",
    )
    command.add_argument("--profile", help="try this profile of the configuration alone")
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    _add_backend(command)


def _add_providers(commands: "_Commands[argparse.ArgumentParser]") -> None:
    command = _add_command(
        commands,
        "providers",
        help="show what each provider can do",
        example="wyoming-bridge providers --json",
    )
    command.add_argument(
        "--json", action="store_true", help="print all that is known as one JSON object"
    )
