"""Reads the configuration file: YAML, checked against the declaration of each setting.

Each error is one line that names the file, the key and what is allowed. No error quotes a token.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import voluptuous as vol

from ..endpointing import Endpointing
from ..errors import ConfigError, listed
from ..options import not_a_choice
from ..providers.registry import PROVIDERS, ProviderName
from ..secret_files import TOKEN, warn_if_readable_by_all
from .address import Address
from .bridge import Bridge, access_of, balancers_of, usage_of
from .home import read_home_assistant, read_house
from .page import read_page
from .profile import build, new_profile
from .profile_options import ProfileOptions
from .recorder import read_recorder
from .schema import options_schema, validated
from .tls import read_tls
from .tokens import TokenSources
from .values import LOCAL, Config, LocalBackend, Profile, SendsChunks
from .yaml_file import read_yaml

__all__ = ["load_config", "read_config"]

_PROVIDERS: Final = (LOCAL, *ProviderName)


def load_config(path: Path, *, environment: Mapping[str, str] = os.environ) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: The file cannot be read, or something in it is invalid.
    """
    content = read_yaml(path)
    try:
        config = read_config(content, folder=path.parent, environment=environment)
    except ConfigError as err:
        raise ConfigError(f"{path}: {err}") from err
    if _holds_token(content):
        with suppress(OSError):  # the file may have been replaced since it was read
            warn_if_readable_by_all(path, secret=TOKEN)
    return config


def _holds_token(content: object) -> bool:
    """Return whether a valid configuration contains a token, and not only where to find one."""
    if not isinstance(content, dict):
        return False
    profiles = content.get("profiles", {}).values()
    return (
        "access_token" in content
        or "@" in content.get("usage", "")
        or "token" in content.get("home_assistant", {})
        or any("token" in values for values in profiles)
    )


def read_config(content: object, *, folder: Path, environment: Mapping[str, str]) -> Config:
    """Return the configuration in ``content``, which is the YAML of a file in ``folder``.

    Raises:
        ConfigError: Something in ``content`` is invalid.
    """
    schema = {
        **options_schema(Bridge),
        vol.Optional("home_assistant"): dict,
        vol.Optional("recorder"): dict,
        vol.Optional("tls"): dict,
        vol.Optional("page"): object,
        vol.Optional("profiles"): {str: dict},
    }
    top = validated(schema, content, where="")
    home_assistant = read_home_assistant(
        top.pop("home_assistant", None), folder=folder, environment=environment
    )
    recorder = read_recorder(top.pop("recorder", None), folder=folder)
    tls = read_tls(top.pop("tls", None), folder=folder)
    page = read_page(top.pop("page", None))
    named = top.pop("profiles", {LOCAL: {"provider": LOCAL}})
    bridge = build(Bridge, top)
    if not isinstance(named, dict) or not named:
        raise ConfigError("profiles: at least one profile is required")
    profiles = tuple(
        _read_profile(name, values, folder=folder, environment=environment)
        for name, values in named.items()
    )
    config = Config(
        listen=Address.parse(bridge.listen, key="listen"),
        profiles=profiles,
        log=bridge.log,
        state=folder / bridge.state if bridge.state else None,
        status=Address.parse_place(bridge.status, key="status") if bridge.status else None,
        usage=usage_of(bridge, folder=folder, environment=environment),
        access=access_of(bridge, folder=folder, environment=environment),
        tls=tls,
        balancers=balancers_of(bridge),
        zeroconf=bridge.zeroconf,
        listen_timeout_s=bridge.listen_timeout_s,
        drain_timeout_s=bridge.drain_timeout_s,
        sends_chunks=SendsChunks(bridge.transcript_chunks),
        house=read_house(bridge.house, folder=folder),
        home_assistant=home_assistant,
        recorder=recorder,
        page=page,
    )
    for profile in profiles:
        config.with_fallbacks(profile)
    if not bridge.default:
        return config
    try:
        default = config.profile(bridge.default)
    except ConfigError as err:
        raise ConfigError(f"default: {err}") from err
    others = (profile for profile in profiles if profile is not default)
    return replace(config, profiles=(default, *others))


def _keys_of(provider: str) -> dict[vol.Marker, object]:
    """Return the schema of a profile with this provider."""
    schema = options_schema(ProfileOptions) | options_schema(Endpointing)
    if provider == LOCAL:
        return schema | options_schema(LocalBackend)
    settings = PROVIDERS[ProviderName(provider)].settings
    return schema | options_schema(settings) | options_schema(TokenSources)


def _read_profile(
    name: str,
    values: Mapping[str, object],
    *,
    folder: Path,
    environment: Mapping[str, str],
) -> Profile:
    where = f"profiles.{name}."
    provider = values.get("provider")
    if provider is None:
        allowed = " or ".join(_PROVIDERS)
        raise ConfigError(f"{where}provider: must be {allowed}, but it is missing")
    if provider not in _PROVIDERS:
        raise ConfigError(f"{where}provider: {not_a_choice(provider, _PROVIDERS)}")
    provider = str(provider)
    for former, present in Endpointing.renamed.items():
        if former in values:
            raise ConfigError(f"{where}{former} is now called {present}")
    schema = _keys_of(provider)
    if strange := next((key for key in values if key not in schema), None):
        others = [each for each in _PROVIDERS if strange in _keys_of(each)]
        if others:
            raise ConfigError(
                f"{where}{strange}: unknown key with the provider {provider}; it is a key of "
                f"{listed(others)}"
            )
    checked = validated(schema, values, where=where)
    try:
        return new_profile(name, provider, checked, folder=folder, environment=environment)
    except ConfigError as err:
        raise ConfigError(f"{where}{err}") from err
