"""Reads the command line, runs the command, and turns errors into one line and an exit code."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..app.bridge import BridgeApp
from ..app.local_server import new_local_server
from ..config import Address, Config
from ..config.profile import single_profile
from ..errors import BridgeError, ConfigError, LocalError, reason_of
from ..providers.registry import PROVIDERS
from .codes import ExitCode
from .parser import new_parser

if TYPE_CHECKING:  # imported where it is needed
    from ..local.behaviour import Behaviour

__all__ = ["run_command"]

_log = logging.getLogger(__name__)


def run_command(argv: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - it stays open to the end
    arguments = new_parser().parse_args(argv)
    try:
        return _run(arguments)
    except LocalError as error:
        _complain(error)
        return ExitCode.WRONG_INPUT
    except BridgeError as error:
        _complain(error)
        return ExitCode.SERVICE_FAILED
    except BrokenPipeError:
        _silence()
        return ExitCode.NOBODY_READS
    except OSError as err:  # those of files and sockets are errors of ours by now
        _log.debug("the output failed", exc_info=err)
        _silence()
        print(f"wyoming-bridge: the output: {reason_of(err)}", file=sys.stderr)
        return ExitCode.OUTPUT_FAILED


def _run(arguments: argparse.Namespace) -> int:
    code = _dispatch(arguments)
    sys.stdout.flush()  # here a failure can still be told
    return code


def _dispatch(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "providers":
            from .providers import providers_json, providers_table

            print(providers_json() if arguments.json else providers_table())
            return ExitCode.DONE
        case "serve":
            _start_log(arguments.log or "info")
            return asyncio.run(_serve(arguments))
        case "run":
            config = _config(arguments)
            if arguments.uri:
                config = replace(config, listen=Address.parse(arguments.uri, key="--uri"))
            if arguments.zeroconf:
                config = replace(config, zeroconf=True)
            _start_log(arguments.log or config.log)
            return asyncio.run(_bridge(config))
        case "check":
            from .check import check_profiles

            config = _config(arguments)
            _start_log(arguments.log or "error")  # a step says what a warning would
            return asyncio.run(check_profiles(arguments, config))
        case _:
            from .transcribe import transcribe

            config = _config(arguments) if not arguments.uri else _no_config(arguments)
            # The bridge's own log would stand between the words.
            _start_log(arguments.log or "warning")
            return asyncio.run(transcribe(arguments, config))


def _silence() -> None:
    """The interpreter would try once more to write what nobody takes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: BridgeError) -> None:
    print(f"wyoming-bridge: {error.with_advice}", file=sys.stderr)


def _start_log(level: str) -> None:
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )


def _config(arguments: argparse.Namespace) -> Config:
    """The configuration, from the file or from the command line.

    Raises:
        ConfigError: It is not possible.
    """
    given = [
        name
        for name in ("provider", "url", "language", "token_file")
        if getattr(arguments, name) is not None
    ]
    in_file = [name for name in given if name != "language" or arguments.command != "transcribe"]
    if arguments.config:
        if in_file:
            option = in_file[0].replace("_", "-")
            raise ConfigError(f"--{option} cannot go with --config: write it into the file")
        from ..config.file import load_config

        return load_config(arguments.config)
    if arguments.provider:
        profile = single_profile(
            arguments.provider,
            url=arguments.url,
            language=arguments.language,
            token_file=arguments.token_file and arguments.token_file.absolute(),
        )
        return Config(profiles=(profile,))
    if in_file:
        raise ConfigError(f"--{in_file[0].replace('_', '-')} needs --provider")
    return Config()


def _told_to_stop() -> asyncio.Event:
    """Set by Ctrl-C and SIGTERM, from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def _no_config(arguments: argparse.Namespace) -> Config:
    """With ``--uri`` the bridge there has the configuration.

    Raises:
        ConfigError: Another one is given too.
    """
    for name in ("config", "provider", "url", "token_file"):
        if getattr(arguments, name) is not None:
            raise ConfigError(f"--{name.replace('_', '-')} cannot go with --uri")
    return Config()


async def _bridge(config: Config) -> int:
    stop = _told_to_stop()  # before anybody is told that we are here
    app = BridgeApp(config)
    try:
        for uri, names in await app.start():
            _say(f"Listening at {uri} (profiles: {', '.join(names)})")
        await stop.wait()
    finally:
        await app.stop()
    return ExitCode.DONE


async def _serve(arguments: argparse.Namespace) -> int:
    stop = _told_to_stop()
    server = new_local_server(
        engine=arguments.engine,
        host=arguments.host,
        port=arguments.port,
        tokens=_tokens(arguments.token_file),
        behaviour=_behaviour(arguments.config),
    )
    try:
        await server.start()
        _say(f"Serving {', '.join(PROVIDERS)} at {server.url}")
        await stop.wait()
    finally:
        await server.stop()
    return ExitCode.DONE


def _behaviour(path: Path | None) -> "Behaviour | None":
    if path is None:
        return None
    from ..config.serve import load_behaviour

    return load_behaviour(path)


def _tokens(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        tokens = frozenset(path.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"--token-file: {path} cannot be read") from err
    if not tokens:
        raise ConfigError(f"--token-file: {path} is empty")
    return tokens


def _say(line: str) -> None:
    with suppress(OSError):  # whoever started the program need not listen
        print(line, flush=True)
