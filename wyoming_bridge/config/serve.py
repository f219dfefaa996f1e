"""Reads the file of ``serve --config``: how the local realtime server emulates the services."""

from pathlib import Path
from typing import Final

import voluptuous as vol

from ..errors import ConfigError
from ..local.behaviour import Behaviour
from ..local.faults import Fault
from ..providers.registry import PROVIDERS
from .profile import build
from .schema import options_schema, validated
from .yaml_file import read_yaml

__all__ = ["BEHAVIOURS", "load_behaviour"]

BEHAVIOURS: Final = {name: provider.behaviour_class() for name, provider in PROVIDERS.items()}
"""The class with the behaviour settings of each service."""

_FAULT: Final = "fault"


def load_behaviour(path: Path) -> Behaviour:
    """Read a behaviour file.

    Raises:
        ConfigError: The file cannot be read, or something in it is invalid.
    """
    content = read_yaml(path)
    groups: dict[vol.Marker, object] = {
        vol.Optional(name): dict for name in (_FAULT, *(name.value for name in BEHAVIOURS))
    }
    try:
        values = validated({**options_schema(Behaviour), **groups}, content, where="")
        services = [
            build(owner, validated(options_schema(owner), values.pop(name), where=f"{name}."))
            for name, owner in BEHAVIOURS.items()
            if name in values
        ]
        if _FAULT in values:
            values[_FAULT] = _read_fault(values[_FAULT])
        return build(Behaviour, {**values, "services": tuple(services)})
    except ConfigError as err:
        raise ConfigError(f"{path}: {err}") from err


def _read_fault(content: object) -> Fault:
    values = validated(options_schema(Fault), content, where=f"{_FAULT}.")
    try:
        return build(Fault, values)
    except ConfigError as err:
        raise ConfigError(f"{_FAULT}.{err}") from err
