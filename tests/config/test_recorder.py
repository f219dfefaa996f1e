"""The key of the configuration that turns the recorder on."""

from pathlib import Path

import pytest

from wyoming_bridge.app.recordings import new_recorder, new_store
from wyoming_bridge.config import Config
from wyoming_bridge.config.file import load_config
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.recorder import RecorderSettings


def load(folder: Path, text: str) -> Config:
    path = folder / "bridge.yaml"
    path.write_text(text)
    return load_config(path)


def test_nothing_is_recorded_by_default(tmp_path: Path) -> None:
    config = load(tmp_path, "log: info")

    assert config.recorder is None
    assert new_recorder(config) is None


def test_the_folder_is_beside_the_configuration(tmp_path: Path) -> None:
    config = load(tmp_path, "recorder: {folder: recs, keep: 5, max_mb: 10, max_days: 1}")
    folder = str(tmp_path / "recs")

    assert config.recorder == RecorderSettings(folder=folder, keep=5, max_mb=10, max_days=1)
    assert new_store(config).folder == tmp_path / "recs"


def test_by_default_the_folder_is_in_that_for_state(tmp_path: Path) -> None:
    config = load(tmp_path, "state: kept\nrecorder: {}")

    assert new_store(config).folder == tmp_path / "kept" / "recordings"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("recorder: true", "recorder: must be a mapping"),
        ("recorder: {keep: 0}", r"recorder\.keep: must be 1 to 10000 recordings, got 0"),
        ("recorder: {max_mb: x}", r"recorder\.max_mb: must be a number"),
        ("recorder: {max_days: 0}", r"recorder\.max_days: must be 0\.01 to 3650 days, got 0"),
        ("recorder: {path: x}", r"recorder\.path: unknown key; available: folder, "),
    ],
)
def test_an_invalid_value_is_an_error_that_names_the_key(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        load(tmp_path, text)
