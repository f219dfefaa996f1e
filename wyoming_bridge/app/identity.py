"""The bridge's random id, which is kept in the state folder.

Clients recognise the bridge by its id, so two running bridges must not have the same id. Therefore
a bridge holds a lock on its state folder while it runs.
"""

import logging
import os
import re
import sys
import threading
import uuid
from pathlib import Path
from typing import Final

from ..config import Config
from ..errors import ConfigError, reason_of
from .state_folder import default_folder

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

__all__ = ["FolderLock", "bridge_id", "id_of_part", "own_id"]

_log = logging.getLogger(__name__)

_FILE: Final = "bridge-id"

_SHAPE: Final = re.compile(r"[0-9a-f]{32}")


def own_id(config: Config, lock: "FolderLock") -> str | None:
    """Return the bridge's id, or None if clients have to recognise the bridge by its address.

    A thread calls this, because it reads, locks and may write a file. ``lock`` takes the folder of
    the id.

    A bridge behind a balancer has no id, because the balancer's address leads to several bridges.

    Raises:
        ConfigError: The bridge has to be announced, but its id cannot be read or written.
    """
    if config.balancers:
        return None
    try:
        return _claimed_id(config.state or default_folder(), lock)
    except ConfigError as error:
        if config.zeroconf or config.supervisor:
            raise
        _log.warning("the bridge has no id, and clients know it by its address: %s", error)
        return None


def _claimed_id(folder: Path, lock: "FolderLock") -> str | None:
    """Return the id in a folder, or None if another running bridge uses the folder."""
    bridge = bridge_id(folder)
    if lock.take(folder):
        return bridge
    _log.warning(
        "the bridge has no id, because another bridge uses the folder %s; give each bridge its "
        "own folder in state",
        folder,
    )
    return None


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
    """Return the id for the own address of the profile ``name``, derived from the bridge's id."""
    return uuid.uuid5(uuid.UUID(bridge), name).hex


class FolderLock:
    """A lock by which one running bridge claims a state folder and the id in it.

    Windows cannot lock a folder. There, the user has to give each bridge its own folder.
    """

    def __init__(self) -> None:
        self._fd: int | None = None
        self._is_released = False
        self._changing = threading.Lock()

    def take(self, folder: Path) -> bool:
        """Take the lock of a folder, which must exist. Return False if another bridge holds it.

        A thread may call this, because it waits for the disk. If ``release`` was called in the
        meantime, because the bridge stops while it starts, the lock is not taken.

        Raises:
            ConfigError: The folder cannot be opened; the message names it.
        """
        if sys.platform == "win32":
            return True
        try:
            fd = os.open(folder, os.O_RDONLY)
        except OSError as err:
            raise ConfigError(f"state: {folder}: {reason_of(err)}") from err
        try:
            flock(fd, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        except OSError:  # a network file system without locks
            os.close(fd)
            return True
        with self._changing:
            if self._is_released:
                os.close(fd)
                return False
            self._fd = fd
        return True

    def release(self) -> None:
        """Release the lock for good. A second call does nothing."""
        with self._changing:
            self._is_released = True
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that it never contains only a part of an id."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
