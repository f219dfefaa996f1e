"""Reads the options of the Home Assistant app, which the Supervisor writes as JSON.

Home Assistant shows the options as a form, which has the fields of one profile. A user who needs
several profiles writes a configuration file, and enters its name in the form. The same code reads
the file and the form, so each value has the same rules and errors. The app always has the live
page, which Home Assistant shows.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..access import is_loopback
from ..errors import ConfigError, listed, reason_of
from ..home import supervised
from ..languages import is_same_language
from ..options import option, shown
from ..page.settings import PageSettings
from ..providers.registry import ProviderName
from ..recorder import RecorderSettings
from .address import DEFAULT_ADDRESS, Address
from .engines import DEFAULT_ENGINE, languages_of
from .file import load_config, read_config
from .profile import build
from .schema import options_schema, validated
from .text_file import read_text
from .values import LOCAL, Config

__all__ = ["APP_ADDRESS", "APP_PAGE", "CONFIG_FOLDER", "AppOptions", "load_options"]

_log = logging.getLogger(__name__)

CONFIG_FOLDER: Final = Path("/config")
"""Where the Supervisor mounts the folder ``app_config``, which the user can edit."""

APP_ADDRESS: Final = Address(host="*", port=DEFAULT_ADDRESS.port)
"""The app listens at all addresses of its container. The Supervisor's settings of the app decide
which port of the machine is forwarded to this port."""

APP_PAGE: Final = PageSettings(address="*:10381", ingress=True)
"""The page is the ingress of the app, so only the Supervisor can reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """The fields of the app's form. An empty text counts as missing."""

    provider: str = option("", choices=(LOCAL, *ProviderName), doc="Service that transcribes.")
    token: str = option("", doc="The account's token.", secret=True)
    language: str = option("", doc="Spoken language.")
    record: bool = option(False, doc="Whether the last utterances are recorded.")
    access_token: str = option("", doc="Secret that clients must know.", secret=True)
    config_file: str = option("", doc="Configuration file, relative to the app's folder.")
    log_level: str = option(
        "", choices=("debug", "info", "warning", "error"), doc="Lowest level of log messages."
    )


def load_options(
    path: Path, *, folder: Path = CONFIG_FOLDER, environment: Mapping[str, str] = os.environ
) -> Config:
    """Read the options, and the configuration file if they name one in ``folder``.

    Raises:
        ConfigError: A file cannot be read, or something in it is invalid.
    """
    options = _read_options(path)
    if options.config_file:
        config = _config_of_file(options, folder=folder, environment=environment)
    else:
        config = _config_of_form(options, folder=folder, environment=environment)
    # The page and the recorder of the file have priority over those of the app.
    return replace(
        config,
        supervisor=supervised(environment),
        page=config.page or APP_PAGE,
        recorder=config.recorder or (RecorderSettings() if options.record else None),
    )


def _read_options(path: Path) -> AppOptions:
    try:
        content: object = json.loads(read_text(path))
    except OSError as err:
        raise ConfigError(f"{path}: {reason_of(err)}") from err
    except (ValueError, RecursionError) as err:
        raise ConfigError(f"{path}: is not a JSON file") from err
    if isinstance(content, dict):
        content = {name: _stripped(value) for name, value in content.items()}
        content = {name: value for name, value in content.items() if value not in ("", None)}
    return build(AppOptions, validated(options_schema(AppOptions), content, where=""))


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _config_of_form(options: AppOptions, *, folder: Path, environment: Mapping[str, str]) -> Config:
    """Return the configuration of the one profile in the form."""
    provider = options.provider or LOCAL
    profile: dict[str, object] = {"provider": provider}
    if provider == LOCAL:
        _check_unused(options)
    elif not options.token:
        raise ConfigError(f"token: must not be empty, because {provider} needs a token")
    else:
        profile["token"] = options.token
        if options.language:
            profile["language"] = options.language
    content: dict[str, object] = {"listen": APP_ADDRESS.uri, "profiles": {provider: profile}}
    if options.access_token:
        content["access_token"] = options.access_token
    if options.log_level:
        content["log"] = options.log_level
    try:
        return read_config(content, folder=folder, environment=environment)
    except ConfigError as err:  # the form has no key ``profiles``, so the error must not name it
        raise err.with_message(err.message.removeprefix(f"profiles.{provider}.")) from err


def _check_unused(options: AppOptions) -> None:
    """Check the options that the provider ``local`` does not use: the token and the language.

    A token may stay in the form, so that the user can go back to another provider.

    Raises:
        ConfigError: The offline engine does not know the language.
    """
    known = languages_of(DEFAULT_ENGINE, None)
    if options.language and not any(is_same_language(options.language, each) for each in known):
        raise ConfigError(
            f"language: {LOCAL} knows only {listed(known)}, got {shown(options.language)}; "
            "choose a service as the provider, or leave the language empty"
        )
    if options.token:
        _log.warning("the token is not used, because the provider is %s", LOCAL)


def _config_of_file(options: AppOptions, *, folder: Path, environment: Mapping[str, str]) -> Config:
    """Return the configuration of the file that the form names."""
    for name in ("token", "language", "access_token"):
        if getattr(options, name):
            raise ConfigError(
                f"{name}: must be empty, because config_file is set; set it in that file"
            )
    if options.provider not in ("", LOCAL):
        raise ConfigError(
            f"provider: must be {LOCAL} or empty, because config_file is set, got "
            f"{options.provider}; each profile in that file has its own provider"
        )
    config = load_config(folder / options.config_file, environment=environment)
    if options.log_level:
        config = replace(config, log=options.log_level)
    if config.listen.port != APP_ADDRESS.port:
        raise ConfigError(
            f"listen: must have the port {APP_ADDRESS.port} in the app, got {config.listen.port}; "
            "another port of the machine can be set in the app's network settings"
        )
    recordings = config.recorder.folder if config.recorder else None
    for setting, place in (("state", config.state), ("recorder.folder", recordings)):
        if place and Path(os.path.normpath(place)).is_relative_to(folder):
            raise ConfigError(
                f"{setting}: must not be in {folder}, which the app only reads, got {place}; leave "
                "it out, and the app uses its own folder"
            )
    if is_loopback(config.listen.host):  # the default, which Home Assistant cannot reach
        config = replace(config, listen=APP_ADDRESS)
    return config
