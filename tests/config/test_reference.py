"""The documentation's tables of keys: what they say can be copied into a configuration file."""

from collections.abc import Iterator

import pytest
import yaml

from wyoming_bridge.config.reference import reference


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield the key of each row, what to write, and the default."""
    for table in reference().values():
        for line in table.splitlines()[2:]:
            _, key, kind, default, *_ = line.split(" | ")[0].split("| ") + line.split(" | ")[1:]
            yield key.strip("`"), kind, default


@pytest.mark.parametrize(
    ("key", "default"), [(key, each) for key, _, each in rows() if each != "none"]
)
def test_a_default_is_valid_yaml(key: str, default: str) -> None:
    assert yaml.safe_load(f"{key}: {default.strip('`')}")[key] is not None


def test_a_list_of_known_texts_is_called_a_list() -> None:
    kinds = {kind for key, kind, _ in rows() if key == "secondary_languages"}

    assert len(kinds) == 3
    assert all(kind.startswith("a list") for kind in kinds)
