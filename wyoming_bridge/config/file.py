"""Reads the configuration file: YAML, checked against the declaration of each setting.

Each error is one line that names the file, the key and what is allowed. No error quotes a token.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import voluptuous as vol
import yaml

from ..endpointing import Endpointing
from ..errors import ConfigError, reason_of
from ..providers.registry import PROVIDERS, ProviderName
from .bridge import Bridge, access_of
from .profile import build, new_profile
from .schema import options_schema, problem
from .text_file import read_text
from .tokens import warn_if_readable_by_all
from .values import (
    LOCAL,
    Address,
    Config,
    LocalBackend,
    Profile,
    ProfileOptions,
    SendsChunks,
    TokenSources,
)

__all__ = ["load_config", "read_yaml", "validated"]


def load_config(path: Path, *, environment: Mapping[str, str] = os.environ) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: The file cannot be read, or something in it is invalid.
    """
    content = read_yaml(path)
    try:
        config = _read_config(content, folder=path.parent, environment=environment)
    except ConfigError as err:
        raise ConfigError(f"{path}: {err}") from err
    if _holds_token(content):
        with suppress(OSError):  # the file may have been replaced since it was read
            warn_if_readable_by_all(path)
    return config


def read_yaml(path: Path) -> object:
    """Return the content of a YAML file; an empty file is an empty mapping.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        text = read_text(path)
    except OSError as err:
        raise ConfigError(f"{path}: {reason_of(err)}") from err
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: is not UTF-8 text") from err
    try:
        content: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as err:
        raise ConfigError(f"{path}: {_yaml_problem(err)}") from err
    except RecursionError as err:
        raise ConfigError(f"{path}: is nested too deeply") from err
    except (TypeError, ValueError) as err:  # a date that does not exist, a list as a key, ...
        raise ConfigError(f"{path}: {_yaml_problem(yaml.YAMLError())}") from err
    return content or {}


def _holds_token(content: object) -> bool:
    """Return whether a valid configuration holds a token itself, not only its source."""
    if not isinstance(content, dict):
        return False
    profiles = content.get("profiles", {}).values()
    return "access_token" in content or any("token" in values for values in profiles)


class _Loader(yaml.SafeLoader):
    """A YAML loader that refuses duplicate keys instead of using the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 - the library's signature
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"duplicate key {key}", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[object, object] = super().construct_mapping(node, deep=deep)
        return mapping


def _yaml_problem(err: yaml.YAMLError) -> str:
    """Return the problem as one line. PyYAML's own text quotes the file, which may hold a token."""
    if isinstance(err, yaml.MarkedYAMLError) and err.problem_mark:
        return f"line {err.problem_mark.line + 1}: {err.problem}"
    return "is not valid YAML"


def _read_config(content: object, *, folder: Path, environment: Mapping[str, str]) -> Config:
    schema = {**options_schema(Bridge), vol.Optional("profiles"): {str: dict}}
    top = validated(schema, content, where="")
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
        access=access_of(bridge, folder=folder, environment=environment),
        zeroconf=bridge.zeroconf,
        listen_timeout_s=bridge.listen_timeout_s,
        sends_chunks=SendsChunks(bridge.transcript_chunks),
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


def _read_profile(
    name: str,
    values: Mapping[str, object],
    *,
    folder: Path,
    environment: Mapping[str, str],
) -> Profile:
    where = f"profiles.{name}."
    provider = values.get("provider")
    if provider not in (LOCAL, *ProviderName):
        allowed = " or ".join((LOCAL, *ProviderName))
        got = "but it is missing" if provider is None else f"got {provider!r}"
        raise ConfigError(f"{where}provider: must be {allowed}, {got}")
    provider = str(provider)
    for former, present in Endpointing.renamed.items():
        if former in values:
            raise ConfigError(f"{where}{former} is now called {present}")
    schema = options_schema(ProfileOptions) | options_schema(Endpointing)
    if provider == LOCAL:
        schema |= options_schema(LocalBackend)
    else:
        schema |= options_schema(PROVIDERS[ProviderName(provider)].settings)
        schema |= options_schema(TokenSources)
    checked = validated(schema, values, where=where)
    try:
        return new_profile(name, provider, checked, folder=folder, environment=environment)
    except ConfigError as err:
        raise ConfigError(f"{where}{err}") from err


def validated(
    schema: Mapping[vol.Marker, object], content: object, *, where: str
) -> dict[str, object]:
    """Return the checked values of a group of keys.

    Raises:
        ConfigError: A key or a value is invalid; the message names it and what is allowed.
    """
    try:
        values: dict[str, object] = vol.Schema(dict(schema))(content)
    except vol.Invalid as err:
        raise ConfigError(problem(err, schema, where=where)) from err
    return values
