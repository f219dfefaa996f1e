"""Reads the keys ``house`` and ``home_assistant``, from which the names of the house come."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError
from .profile import build
from .schema import options_schema, validated
from .tokens import TokenSources, read_token
from .yaml_file import read_yaml

if TYPE_CHECKING:  # loaded only if the keys are set
    from ..home import HomeAssistantApi
    from ..house import House

__all__ = ["load_house", "read_home_assistant", "read_house"]

_HOME_ASSISTANT: Final = "home_assistant."


def read_house(given: str | Mapping[str, object] | None, *, folder: Path) -> "House | None":
    """Return the house in the key ``house``. ``given`` is the path of a file, or the names.

    Raises:
        ConfigError: The file cannot be read, or a name is invalid; the message names the key.
    """
    if given is None:
        return None
    if isinstance(given, str):
        return load_house(folder / given, key="house")
    from ..house import House

    try:
        return House.from_data(given)
    except ValueError as err:
        raise ConfigError(f"house.{err}") from err


def load_house(path: Path, *, key: str) -> "House":
    """Return the house of a YAML file. ``key`` names the setting in the error text.

    Raises:
        ConfigError: The file cannot be read, or a name is invalid; the message names the key.
    """
    from ..house import House

    try:
        content = read_yaml(path)
    except ConfigError as err:
        raise ConfigError(f"{key}: {err}") from err
    try:
        return House.from_data(content)
    except ValueError as err:
        raise ConfigError(f"{key}: {path}: {err}") from err


def read_home_assistant(
    given: object, *, folder: Path, environment: Mapping[str, str]
) -> "HomeAssistantApi | None":
    """Return the API that ``home_assistant`` describes, or None if this key is not set.

    Raises:
        ConfigError: A value is invalid, or the token cannot be read.
    """
    if given is None:
        return None
    from ..home import HomeAssistantApi

    schema = options_schema(HomeAssistantApi) | options_schema(TokenSources)
    values = validated(schema, given, where=_HOME_ASSISTANT)
    sources = build(
        TokenSources,
        {name: values.pop(name) for name in list(values) if name.startswith("token")},
    )
    try:
        token = read_token(sources, folder=folder, environment=environment)
        return build(HomeAssistantApi, {**values, "token": token or ""})
    except ConfigError as err:
        raise ConfigError(f"{_HOME_ASSISTANT}{err}") from err
