"""The lock on a file that several programs change."""

import sys
from pathlib import Path

import pytest

from wyoming_bridge.app.file_lock import locked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")


def test_the_lock_is_free_again_after_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "lock", wait_s=0):
            pass


def test_a_lock_that_is_held_for_too_long_is_an_error(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "lock"),
        pytest.raises(OSError, match="another program has locked it for too long"),
        locked(tmp_path / "lock", wait_s=0.05),
    ):
        pass


def test_a_lock_in_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path / "missing" / "lock"):
        pass
