"""Reads YAML files. Errors have one line and do not quote the file, which may contain a token."""

from pathlib import Path

import yaml

from ..errors import ConfigError, reason_of
from .text_file import read_text

__all__ = ["read_yaml"]


def read_yaml(path: Path) -> object:
    """Return the content of a YAML file; an empty file is an empty mapping.

    Raises:
        ConfigError: The file cannot be read, or is not valid YAML.
    """
    try:
        text = read_text(path)
    except OSError as err:
        raise ConfigError(f"{path}: {reason_of(err)}") from err
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: is not {err.encoding.upper()} text") from err
    try:
        content: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as err:
        raise ConfigError(f"{path}: {_yaml_problem(err)}") from err
    except RecursionError as err:
        raise ConfigError(f"{path}: is nested too deeply") from err
    except (TypeError, ValueError) as err:  # such as for a date that does not exist
        raise ConfigError(f"{path}: {_yaml_problem(yaml.YAMLError())}") from err
    return content or {}


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
    """Return the problem as one line. PyYAML's own text would quote the file, and so a token."""
    if isinstance(err, yaml.MarkedYAMLError) and err.problem_mark:
        return f"line {err.problem_mark.line + 1}: {err.problem}"
    return "is not valid YAML"
