"""The usage of today, kept in a file, survives a restart and is never half written."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from wyoming_bridge.app.usage_file import UsageFile, default_folder
from wyoming_bridge.errors import ConfigError

TODAY = date.today()  # noqa: DTZ011 - the budget uses local days too
YESTERDAY = TODAY - timedelta(days=1)


def opened(folder: Path) -> UsageFile:
    usage_file = UsageFile(folder)
    usage_file.open()
    return usage_file


def file_of(folder: Path) -> Path:
    (file,) = folder.glob("*.json")
    return file


def test_usage_is_kept_across_a_restart(tmp_path: Path) -> None:
    usage_file = opened(tmp_path / "state")
    usage_file.budget("kitchen").spend(12.5)
    usage_file.save()

    assert opened(tmp_path / "state").budget("kitchen").spent_s == 12.5


def test_the_usage_of_yesterday_does_not_count_today(tmp_path: Path) -> None:
    usage_file = opened(tmp_path)
    file_of(tmp_path).write_text(
        json.dumps({"kitchen": {"day": YESTERDAY.isoformat(), "seconds": 99}})
    )
    usage_file.open()

    assert usage_file.budget("kitchen").spent_s == 0


def test_the_usage_of_profiles_that_are_not_in_use_is_kept(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.budget("garage").spend(1)
    first.save()
    second = opened(tmp_path)
    second.budget("kitchen").spend(2)
    second.save()

    third = opened(tmp_path)
    assert [third.budget(name).spent_s for name in ("garage", "kitchen")] == [1, 2]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"kitchen": 5}',
        '{"kitchen": {"day": 5, "seconds": 1}}',
        '{"kitchen": {"day": "soon", "seconds": 1}}',
    ],
)
def test_a_damaged_file_counts_from_zero(content: str, tmp_path: Path) -> None:
    opened(tmp_path)
    file_of(tmp_path).write_text(content)

    assert opened(tmp_path).budget("kitchen").spent_s == 0


def test_the_error_names_the_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"state: .*file.*: Not a directory"):
        UsageFile(tmp_path / "file" / "state").open()


def test_a_failed_save_is_logged_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    usage_file = opened(tmp_path / "state")
    usage_file.budget("kitchen").spend(1)
    file = file_of(tmp_path / "state")
    file.with_suffix(".new").mkdir()  # a save writes to this path first
    usage_file.save()
    file.with_suffix(".new").rmdir()
    usage_file.save()

    assert "cannot be written" in caplog.text
    assert json.loads(file.read_text())["kitchen"]["seconds"] == 1


def test_an_unchanged_usage_is_not_written_again(tmp_path: Path) -> None:
    usage_file = opened(tmp_path)
    usage_file.budget("kitchen").spend(1)
    usage_file.save()
    before = file_of(tmp_path).stat().st_mtime_ns
    usage_file.save()

    assert file_of(tmp_path).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"STATE_DIRECTORY": "/var/lib/x:/var/lib/y", "XDG_STATE_HOME": "/z"}, "/var/lib/x"),
        ({"XDG_STATE_HOME": "/z"}, "/z/wyoming-bridge"),
    ],
)
def test_the_environment_sets_the_state_folder(environment: dict[str, str], folder: str) -> None:
    assert default_folder(environment) == Path(folder)


def test_the_default_state_folder_is_in_the_home_directory() -> None:
    assert default_folder({}) == Path.home() / ".local" / "state" / "wyoming-bridge"
