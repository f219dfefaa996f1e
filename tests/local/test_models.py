"""Models: where they are found."""

from pathlib import Path

import pytest

from wyoming_bridge.local.models import (
    MODELS,
    ModelError,
    find,
    find_model,
    has_model,
    models_folder,
)


def test_the_installed_wheel_has_the_model() -> None:
    folder = find_model("moonshine-tiny-en")
    assert (folder / "tokenizer.bin").stat().st_size == 249_974


def test_the_users_folder_comes_first_and_is_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path / "wyoming-bridge" / "models" / "moonshine-tiny-en"
    folder.mkdir(parents=True)
    wheel = find_model("moonshine-tiny-en")
    for file in MODELS["moonshine-tiny-en"].files:
        (folder / file.name).symlink_to(wheel / file.name)
    assert find_model("moonshine-tiny-en") == folder
    damaged = folder / "tokenizer.bin"
    damaged.unlink()
    damaged.write_bytes(bytes(249_974))
    assert has_model("moonshine-tiny-en")
    with pytest.raises(ModelError, match="is damaged"):
        find_model("moonshine-tiny-en")


def without_a_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as the system does for a user that has no entry in passwd, as in a container."""

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", home)


def test_a_model_in_a_wheel_needs_no_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    without_a_home_directory(monkeypatch)

    assert has_model("moonshine-tiny-en")
    assert find_model("moonshine-tiny-en").is_dir()


def test_the_error_without_a_home_directory_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_a_home_directory(monkeypatch)

    with pytest.raises(ModelError, match=r"^XDG_DATA_HOME must be set, because the user of"):
        models_folder()


def test_a_missing_model_is_named_without_a_home_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_a_home_directory(monkeypatch)
    monkeypatch.setattr(find, "_wheel_folders", lambda _row: [])

    with pytest.raises(ModelError, match=r"put them into \$XDG_DATA_HOME/wyoming-bridge/models/"):
        find_model("moonshine-tiny-en")
