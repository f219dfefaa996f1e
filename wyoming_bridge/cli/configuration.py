"""The configuration for a command: from a file, from options, or from another bridge process."""

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ..config import Address, Config
from ..config.profile import single_profile
from ..errors import ConfigError
from ..home import SUPERVISOR_TOKEN_VARIABLE
from .parser import new_parser

if TYPE_CHECKING:  # imported only by the commands that need it
    from ..page.settings import PageSettings

__all__ = [
    "address_for_clients",
    "config_of_app",
    "config_of_bridge",
    "config_of_remote",
    "config_of_running",
    "given_config",
]


def given_config(arguments: argparse.Namespace) -> Config:
    """Return the configuration from the file or from the command line.

    In an app of the Supervisor, add the connection to the Supervisor's Home Assistant.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    return _supervised(_config_in_options(arguments))


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


def _config_in_options(arguments: argparse.Namespace) -> Config:
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


def config_of_app(arguments: argparse.Namespace) -> Config:
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


def config_of_bridge(arguments: argparse.Namespace) -> Config:
    """Return the configuration of a bridge, with the changes on the command line.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    config = given_config(arguments)
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


def config_of_running(arguments: argparse.Namespace) -> Config:
    """Return the configuration of the bridge whose health is tested.

    Raises:
        ConfigError: The configuration is invalid, or options contradict each other.
    """
    if arguments.app_options is None:
        return config_of_bridge(_options_of_bridge(arguments))
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


def address_for_clients(uri: str, config: Config) -> str:
    """Return an address of the bridge as clients write it: ``tls://`` if it is encrypted."""
    return f"tls{uri.removeprefix('tcp')}" if config.tls else uri


def config_of_remote(arguments: argparse.Namespace) -> Config:
    """Return the default configuration for ``--uri``, because the remote bridge has its own.

    Raises:
        ConfigError: An option contradicts ``--uri``.
    """
    for name in ("config", "provider", "url", "token_file"):
        if getattr(arguments, name) is not None:
            raise ConfigError(f"--{name.replace('_', '-')} cannot be combined with --uri")
    return Config()
