"""Reads the configuration: YAML, checked against what each setting declares.

Every complaint is one line that names the file, the key and what is allowed. No complaint quotes
a token.
"""

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import voluptuous as vol
import yaml

from ..errors import ConfigError
from ..providers.options import Settings
from ..providers.registry import PROVIDERS, ProviderName
from ..transcriber import Limits
from .schema import build, options_schema, problem
from .values import (
    LOCAL,
    TOKEN_VARIABLE,
    Address,
    Bridge,
    Config,
    LocalBackend,
    Profile,
    ProfileOptions,
    TokenSources,
)

__all__ = ["load_config", "single_profile"]


def single_profile(
    provider: str,
    *,
    url: str | None,
    language: str | None,
    token_file: Path | None,
    environment: Mapping[str, str],
) -> Profile:
    """A profile from the command line: named as its provider, with the provider's defaults.

    Raises:
        ConfigError: Something in it is not possible.
    """
    values: dict[str, object] = {"provider": provider}
    if url:
        values["url"] = url
    if language:
        values["language"] = language
    if token_file:
        values["token_file"] = str(token_file)
    elif TOKEN_VARIABLE in environment and provider != LOCAL:
        values["token_env"] = TOKEN_VARIABLE
    return _read_profile(provider, values, folder=Path(), environment=environment)


def load_config(path: Path, *, environment: Mapping[str, str] = os.environ) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: It cannot be read, or something in it is not possible.
    """
    try:
        content: object = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except OSError as err:
        raise ConfigError(f"{path}: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: is not UTF-8 text") from err
    except yaml.YAMLError as err:
        raise ConfigError(f"{path}: {_yaml_problem(err)}") from err
    try:
        return _read_config(content or {}, folder=path.parent, environment=environment)
    except ConfigError as err:
        raise ConfigError(f"{path}: {err}") from err


class _Loader(yaml.SafeLoader):
    """YAML without a silent winner among keys that are written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 - the library's signature
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} is there twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[object, object] = super().construct_mapping(node, deep=deep)
        return mapping


def _yaml_problem(err: yaml.YAMLError) -> str:
    """One line: PyYAML quotes the place over several, and a token may stand there."""
    if isinstance(err, yaml.MarkedYAMLError) and err.problem_mark:
        return f"line {err.problem_mark.line + 1}: {err.problem}"
    return "is not YAML"


def _read_config(content: object, *, folder: Path, environment: Mapping[str, str]) -> Config:
    schema = {**options_schema(Bridge), vol.Optional("profiles"): {str: dict}}
    top = _validated(schema, content, where="")
    named = top.pop("profiles", {LOCAL: {"provider": LOCAL}})
    bridge = build(Bridge, top)
    if not isinstance(named, dict) or not named:
        raise ConfigError("profiles: at least one is needed")
    profiles = tuple(
        _read_profile(name, values, folder=folder, environment=environment)
        for name, values in named.items()
    )
    config = Config(listen=_address(bridge.listen, "listen"), profiles=profiles, log=bridge.log)
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
        found = "is missing" if provider is None else f"{provider!r} is not possible"
        raise ConfigError(f"{where}provider: {found}; allowed: {allowed}")
    remote = None if provider == LOCAL else PROVIDERS[ProviderName(str(provider))].settings
    schema = {**options_schema(ProfileOptions), **options_schema(remote or LocalBackend)}
    if remote:
        schema |= options_schema(TokenSources)
    checked = _validated(schema, values, where=where)
    common = build(ProfileOptions, _taken(checked, ProfileOptions))
    sources = build(TokenSources, _taken(checked, TokenSources))
    try:
        backend = (
            _remote(remote, checked, _token(sources, folder=folder, environment=environment))
            if remote
            else build(LocalBackend, checked)
        )
    except ConfigError as err:
        raise ConfigError(f"{where}{err}") from err
    return Profile(
        name=name,
        backend=backend,
        limits=Limits(ready_s=common.connect_timeout_s, final_s=common.final_timeout_s),
        listen=_address(common.listen, f"{where}listen") if common.listen else None,
    )


def _remote(settings: type[Settings], values: dict[str, object], token: str | None) -> Settings:
    if token is None and "url" not in values:
        raise ConfigError("token: one of token, token_file and token_env is needed")
    return build(settings, {**values, "token": token})


def _validated(
    schema: Mapping[vol.Marker, object], content: object, *, where: str
) -> dict[str, object]:
    try:
        values: dict[str, object] = vol.Schema(dict(schema))(content)
    except vol.Invalid as err:
        raise ConfigError(problem(err, schema, where=where)) from err
    return values


def _taken(values: dict[str, object], owner: type) -> dict[str, object]:
    """Take out the values that belong to a class."""
    return {each.name: values.pop(each.name) for each in fields(owner) if each.name in values}


def _address(uri: str, key: str) -> Address:
    try:
        return Address.parse(uri)
    except ConfigError as err:
        raise ConfigError(f"{key}: {err}") from err


def _token(sources: TokenSources, *, folder: Path, environment: Mapping[str, str]) -> str | None:
    """The token, from the one source that is given.

    Raises:
        ConfigError: There are several, or the source has none.
    """
    given = [each.name for each in fields(sources) if getattr(sources, each.name) is not None]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)}: only one of them is possible")
    if sources.token_env is not None:
        token = environment.get(sources.token_env, "")
        missing = f"token_env: the environment has no {sources.token_env}"
    elif sources.token_file is not None:
        path = folder / sources.token_file
        try:
            token = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as err:
            raise ConfigError(f"token_file: {path} cannot be read") from err
        missing = f"token_file: {path} is empty"
    else:
        token = sources.token or ""
        missing = "token: is empty"
    token = token.strip()
    if given and not token:
        raise ConfigError(missing)
    if not token.isascii() or any(character.isspace() for character in token):
        raise ConfigError(f"{given[0]}: a token has no white space and no letters beyond ASCII")
    return token or None
