"""Finds the models that the user has fetched by a URL."""

import os
from dataclasses import dataclass
from pathlib import Path

from .find import ModelError, models_folder
from .registry import MODELS

__all__ = ["FetchedModel", "fetched_models"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedModel:
    """A folder in the user's models folder that belongs to no known model."""

    folder: Path
    size: int
    """The size of all files in it, in bytes."""

    def folders(self) -> list[Path]:
        """Return the folders that may have the files of the model.

        The user may have unpacked an archive, which usually has a folder of its own.
        """
        return [self.folder, *sorted(each for each in _listed(self.folder) if each.is_dir())]


def fetched_models() -> list[FetchedModel]:
    """Return the models that the user has fetched, sorted by name.

    Raises:
        ModelError: A folder cannot be read.
    """
    try:
        root = models_folder()
    except ModelError:  # without a home directory, nothing was fetched
        return []
    folders = sorted(each for each in _listed(root) if each.is_dir() and each.name not in MODELS)
    return [FetchedModel(folder=each, size=_size_of(each)) for each in folders]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as err:
        raise ModelError(f"{folder} cannot be read: {err.strerror}") from err


def _size_of(folder: Path) -> int:
    files = (Path(root) / name for root, _, names in os.walk(folder) for name in names)
    return sum(each.stat().st_size for each in files if each.is_file())
