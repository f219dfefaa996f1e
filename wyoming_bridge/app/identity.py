"""The bridge's random id, which is kept in the state folder."""

import os
import re
import uuid
from pathlib import Path
from typing import Final

from ..errors import ConfigError, reason_of

__all__ = ["bridge_id", "id_of_part"]

_FILE: Final = "bridge-id"

_SHAPE: Final = re.compile(r"[0-9a-f]{32}")


def bridge_id(folder: Path) -> str:
    """Return the id from the folder's file; create a new id if the file is missing or damaged.

    Raises:
        ConfigError: The file cannot be read or written; the message names it.
    """
    path = folder / _FILE
    try:
        known = path.read_bytes().decode("ascii", "replace").strip() if path.exists() else ""
        if _SHAPE.fullmatch(known):
            return known
        fresh = uuid.uuid4().hex
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, fresh)
    except OSError as err:
        raise ConfigError(f"state: {path}: {reason_of(err)}") from err
    return fresh


def id_of_part(bridge: str, name: str) -> str:
    """Return the id of a profile that has its own address. It depends only on id and name."""
    return uuid.uuid5(uuid.UUID(bridge), name).hex


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that it never holds half an id."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
