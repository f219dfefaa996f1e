"""Reads the command line, runs the command, and turns errors into a message and an exit code."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from ..config import Config
from ..errors import BridgeError, LocalError, reason_of
from ..listening import ListenError
from .codes import ExitCode
from .configuration import (
    config_of_app,
    config_of_bridge,
    config_of_remote,
    config_of_running,
    given_config,
)
from .log_limit import LogLimit
from .output import prepare_output, print_json
from .parser import new_parser

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
            from .serve import run_server

            _start_log(arguments.log or "info")
            return asyncio.run(run_server(arguments))
        case "run" | "app":
            from .run import run_bridge

            return asyncio.run(run_bridge(lambda: _config_and_log(arguments)))
        case "health":
            from .health import check_health

            _start_log(arguments.log or "error")  # the running bridge has logged the warnings
            return asyncio.run(check_health(config_of_running(arguments)))
        case "check":
            from .check import check_profiles

            config = given_config(arguments)
            _start_log(arguments.log or "error")  # the steps already show the warnings
            return asyncio.run(check_profiles(arguments, config))
        case _:
            from .transcribe import transcribe

            config = config_of_remote(arguments) if arguments.uri else given_config(arguments)
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

        config = given_config(arguments)
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


def _config_and_log(arguments: argparse.Namespace) -> Config:
    """Return the configuration of a bridge, and start the log with its level.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    is_app = arguments.command == "app"
    config = config_of_app(arguments) if is_app else config_of_bridge(arguments)
    _start_log(arguments.log or config.log)
    return config
