"""The id of a bridge, kept in a file, is the same after every start."""

from pathlib import Path

import pytest

from wyoming_bridge.app.identity import FolderLock, bridge_id, id_of_part
from wyoming_bridge.errors import ConfigError


def test_a_bridge_keeps_its_id_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    first = bridge_id(folder)

    assert bridge_id(folder) == first
    assert len(first) == 32
    assert [file.name for file in folder.iterdir()] == ["bridge-id"]


def test_two_bridges_have_two_ids(tmp_path: Path) -> None:
    assert bridge_id(tmp_path / "one") != bridge_id(tmp_path / "other")


@pytest.mark.parametrize("content", [b"", b"\n", b"0123", b"not an id\n", b"\xff" * 32, b"G" * 32])
def test_a_file_without_a_valid_id_gets_a_new_one(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bridge-id").write_bytes(content)
    fresh = bridge_id(tmp_path)

    assert (tmp_path / "bridge-id").read_text() == f"{fresh}\n"
    assert bridge_id(tmp_path) == fresh


def test_a_lock_that_was_released_before_it_was_taken_locks_nothing(tmp_path: Path) -> None:
    first, second = FolderLock(), FolderLock()

    first.release()

    assert not first.take(tmp_path)
    assert second.take(tmp_path)
    second.release()


def test_the_error_names_the_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"state: .*file.*: Not a directory"):
        bridge_id(tmp_path / "file" / "folder")


def test_a_half_written_file_never_replaces_the_id(tmp_path: Path) -> None:
    known = bridge_id(tmp_path)
    (tmp_path / "bridge-id.new").write_text("half")

    assert bridge_id(tmp_path) == known
    (tmp_path / "bridge-id").unlink()  # as a user may do
    assert bridge_id(tmp_path) != known


def test_each_profile_has_its_own_id_that_stays_the_same(tmp_path: Path) -> None:
    bridge = bridge_id(tmp_path)

    assert id_of_part(bridge, "kitchen") == id_of_part(bridge, "kitchen")
    assert len({bridge, id_of_part(bridge, "kitchen"), id_of_part(bridge, "attic")}) == 3


def test_a_folder_is_locked_by_one_bridge_until_it_stops(tmp_path: Path) -> None:
    first, second = FolderLock(), FolderLock()

    assert first.take(tmp_path)
    assert not second.take(tmp_path)
    first.release()
    first.release()
    assert second.take(tmp_path)
    second.release()


def test_the_error_names_the_folder_that_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"state: .*gone: No such file or directory"):
        FolderLock().take(tmp_path / "gone")
