"""Finds the folder in which a bridge keeps its state if the configuration does not name one."""

import os
from collections.abc import Mapping
from pathlib import Path

from ..errors import StateError

__all__ = ["default_folder"]


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the default folder for state: systemd's state directory, or else that of XDG.

    Raises:
        StateError: The user has no home directory; the message names the setting.
    """
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    home = Path(environment.get("XDG_STATE_HOME", ""))
    try:
        if not home.is_absolute():  # the standard ignores relative paths
            home = Path.home() / ".local" / "state"
    except RuntimeError as err:  # a container may run as a user without an entry in passwd
        raise StateError(
            "state: must be set, because the user of this process has no home directory"
        ) from err
    return home / "wyoming-bridge"
