"""Reads the command line, runs the command, and turns errors into a message and an exit code."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Address, Config
from ..config.profile import single_profile
from ..config.tokens import read_tokens
from ..errors import BridgeError, ConfigError, LocalError, reason_of
from ..home import SUPERVISOR_TOKEN_VARIABLE
from ..providers.registry import PROVIDERS
from ..server import ListenError
from .codes import ExitCode
from .log_limit import LogLimit
from .output import prepare_output, print_json, print_line
from .parser import new_parser
from .signals import Signals, prepare_loop

if TYPE_CHECKING:  # imported only by the commands that need them
    from ..local.behaviour import Behaviour
    from ..page.settings import PageSettings

__all__ = ["run_command"]

_log = logging.getLogger(__name__)


def run_command(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    prepare_output()
    arguments = new_parser().parse_args(argv)
    try:
        return _run(arguments)
    except ListenError as error:  # systemd does not restart a bridge that ends with WRONG_INPUT
        _print_error(error)
        return ExitCode.SERVICE_FAILED
    except LocalError as error:
        _print_error(error)
        return ExitCode.WRONG_INPUT
    except BridgeError as error:
        _print_error(error)
        return ExitCode.SERVICE_FAILED
    except BrokenPipeError:
        _discard_output()
        return ExitCode.OUTPUT_CLOSED
    except OSError as err:  # it concerns the output: other OSErrors are turned into BridgeErrors
        _log.debug("the output cannot be written", exc_info=err)
        _discard_output()
        print(f"wyoming-bridge: the output cannot be written: {reason_of(err)}", file=sys.stderr)
        return ExitCode.INTERNAL_ERROR


def _run(arguments: argparse.Namespace) -> int:
    code = _dispatch(arguments)
    sys.stdout.flush()  # so that a failure is reported here and not by the interpreter
    return code


def _dispatch(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "providers" | "model" | "recordings" | "compare":
            return _show(arguments)
        case "serve":
            _start_log(arguments.log or "info")
            return asyncio.run(_serve(arguments))
        case "run" | "app":
            from .run import run_bridge

            return asyncio.run(run_bridge(lambda: _config_and_log(arguments)))
        case "health":
            from .health import check_health

            _start_log(arguments.log or "error")  # the running bridge has logged the warnings
            return asyncio.run(check_health(_config_of_running(arguments)))
        case "check":
            from .check import check_profiles

            config = _config(arguments)
            _start_log(arguments.log or "error")  # the steps already show the warnings
            return asyncio.run(check_profiles(arguments, config))
        case _:
            from .transcribe import transcribe

            config = _config(arguments) if not arguments.uri else _no_config(arguments)
            _start_log(arguments.log or "warning")  # more lines would disturb the transcript
            if not arguments.log:  # these lines say why the transcript takes long
                logging.getLogger("wyoming_bridge.transcriber").setLevel(logging.INFO)
            return asyncio.run(transcribe(arguments, config))


def _show(arguments: argparse.Namespace) -> int:
    """Run ``providers``, ``model``, ``recordings`` or ``compare``."""
    if arguments.command == "model":
        from .model import run_model

        return run_model(arguments)
    if arguments.command == "recordings":
        from .recordings import run_recordings

        _start_log(arguments.log or "warning")
        return run_recordings(arguments)
    if arguments.command == "compare":
        from .compare import compare

        config = _config(arguments)
        _start_log(arguments.log or "error")  # the table shows what failed
        return asyncio.run(compare(arguments, config))
    from .providers import providers_details, providers_table

    if arguments.json:
        print_json(providers_details(), output=sys.stdout)
    else:
        print(providers_table())
    return ExitCode.DONE


def _discard_output() -> None:
    """Redirect the output to the null device, because the interpreter flushes it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_error(error: BridgeError) -> None:
    print(f"wyoming-bridge: {error.with_advice}", file=sys.stderr)


def _start_log(level: str) -> None:
    logging.basicConfig(
        force=True,  # the level may change while a bridge runs
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
    if level != "debug":
        for handler in logging.getLogger().handlers:
            handler.addFilter(LogLimit())


def _config(arguments: argparse.Namespace) -> Config:
    """Return the configuration from the file or from the command line.

    In an app of the Supervisor, add the connection to the Supervisor's Home Assistant.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    return _supervised(_given_config(arguments))


def _supervised(config: Config) -> Config:
    """Return the configuration with the connection to the Supervisor's Home Assistant.

    Return it unchanged if it names a Home Assistant itself, or if this process is not an app.
    """
    if config.home_assistant is not None or SUPERVISOR_TOKEN_VARIABLE not in os.environ:
        return config
    from ..home import supervised

    supervisor = supervised(os.environ)
    if supervisor is None:
        return config
    return replace(config, home_assistant=supervisor.home_assistant)


def _given_config(arguments: argparse.Namespace) -> Config:
    """Return the configuration from the file or from the command line.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
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
            raise ConfigError(
                f"--{option} cannot be combined with --config: set it in the configuration file"
            )
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
        raise ConfigError(f"--{in_file[0].replace('_', '-')} requires --provider")
    return Config()


def _config_and_log(arguments: argparse.Namespace) -> Config:
    """Return the configuration of a bridge, and start the log with its level.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    is_app = arguments.command == "app"
    config = _config_of_app(arguments) if is_app else _config_of_bridge(arguments)
    _start_log(arguments.log or config.log)
    return config


def _config_of_app(arguments: argparse.Namespace) -> Config:
    """Return the configuration of an app, and let this process run as the user in ``--user``.

    The options are read before the user changes, because only root can read them.

    Raises:
        ConfigError: The configuration is invalid, or the user cannot be changed.
    """
    from ..config.app_options import load_options

    config = _supervised(load_options(arguments.options))
    if arguments.user:
        from .user import become

        become(arguments.user)
    return config


def _config_of_bridge(arguments: argparse.Namespace) -> Config:
    """Return the configuration of a bridge, with the changes on the command line.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    config = _config(arguments)
    if arguments.house:
        if arguments.config:
            raise ConfigError(
                "--house cannot be combined with --config: set it in the configuration file"
            )
        from ..config.home import load_house

        config = replace(config, house=load_house(arguments.house, key="--house"))
    if arguments.uri:
        config = replace(config, listen=Address.parse(arguments.uri, key="--uri"))
    if arguments.page:
        config = replace(config, page=_page(arguments.page, config))
    return replace(config, zeroconf=True) if arguments.zeroconf else config


def _config_of_running(arguments: argparse.Namespace) -> Config:
    """Return the configuration of the bridge whose health is tested.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    if arguments.app_options is None:
        return _config_of_bridge(_options_of_bridge(arguments))
    if arguments.uri or arguments.config or arguments.of_process is not None:
        raise ConfigError("--app-options cannot be combined with --uri, --config or --of-process")
    from ..config.app_options import load_options

    return load_options(arguments.app_options)


def _page(address: str, config: Config) -> "PageSettings":
    """Return the settings of the page with the address in ``--page``.

    Raises:
        ConfigError: ``address`` is not ``host:port``.
    """
    from ..page.settings import PageSettings

    try:
        return replace(config.page or PageSettings(), address=address)
    except ConfigError as err:
        raise ConfigError(f"--page: {err.message.partition(': ')[2]}") from err


def _options_of_bridge(arguments: argparse.Namespace) -> argparse.Namespace:
    """Return the ``run`` options of the bridge whose health is tested.

    Raises:
        ConfigError: Options contradict each other, or the process does not run a bridge.
    """
    if arguments.of_process is None:
        given = {"uri": arguments.uri, "config": arguments.config}
        words = [word for name, value in given.items() if value for word in (f"--{name}", value)]
        return new_parser().parse_args(["run", *map(str, words)])
    if arguments.uri or arguments.config:
        raise ConfigError("--of-process cannot be combined with --uri or --config")
    from .health import arguments_of_process

    options = new_parser().parse_args(arguments_of_process(arguments.of_process))
    if options.command != "run":
        raise ConfigError(
            f"--of-process: the process {arguments.of_process} must run a bridge, "
            f"but its command is {options.command}"
        )
    return options


def _no_config(arguments: argparse.Namespace) -> Config:
    """Return the default configuration for ``--uri``, because the remote bridge has its own.

    Raises:
        ConfigError: An option contradicts ``--uri``.
    """
    for name in ("config", "provider", "url", "token_file"):
        if getattr(arguments, name) is not None:
            raise ConfigError(f"--{name.replace('_', '-')} cannot be combined with --uri")
    return Config()


async def _serve(arguments: argparse.Namespace) -> int:
    from ..app.local_server import new_local_server

    signals = Signals()
    prepare_loop()
    server = new_local_server(
        engine=arguments.engine,
        model=arguments.model,
        host=arguments.host,
        port=arguments.port,
        tokens=_tokens(arguments.token_file),
        behaviour=_behaviour(arguments.config),
    )
    try:
        await server.start()
        print_line(f"Serving {', '.join(PROVIDERS)} at {server.url}")
        await signals.stop.wait()
    finally:
        await server.stop()
    return ExitCode.DONE


def _behaviour(path: Path | None) -> "Behaviour | None":
    if path is None:
        return None
    from ..config.serve import load_behaviour

    return load_behaviour(path)


def _tokens(path: Path | None) -> frozenset[str]:
    return frozenset() if path is None else read_tokens(path, key="--token-file")
