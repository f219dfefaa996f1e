"""The folder of the usage file."""

from pathlib import Path

import pytest

from wyoming_bridge.app.state_folder import default_folder


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/x:/var/lib/y", "XDG_STATE_HOME": "/z"}, "/var/lib/x"),
        ({"XDG_STATE_HOME": "/z"}, "/z/wyoming-bridge"),
        ({"XDG_STATE_HOME": "z"}, f"{Path.home()}/.local/state/wyoming-bridge"),
    ],
)
def test_the_environment_sets_the_state_folder(environment: dict[str, str], folder: str) -> None:
    assert default_folder(environment) == Path(folder)


def test_the_default_state_folder_is_in_the_home_directory() -> None:
    assert default_folder({}) == Path.home() / ".local" / "state" / "wyoming-bridge"
