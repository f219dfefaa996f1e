"""What a bridge does with Home Assistant: it reads the names of the house, and announces its app.

A bridge that does neither does not load this module.
"""

import socket
from collections.abc import Callable

from ..config import Config
from ..home.announcing import AnnouncedBridge, AppAnnouncer
from ..home.watch import HomeWatch
from ..house import House
from ..server import Bound

__all__ = ["new_app_announcer", "new_home_watch"]


def new_home_watch(config: Config, *, on_change: Callable[[House], None]) -> HomeWatch | None:
    """Return the watch on the names of the house in Home Assistant, which is not started yet.

    Return None if the configuration has no Home Assistant. ``on_change`` is called with the house
    when its names have changed.
    """
    if config.home_assistant is None:
        return None
    return HomeWatch(config.home_assistant, own=config.house, on_change=on_change)


def new_app_announcer(config: Config, place: Bound) -> AppAnnouncer | None:
    """Return the announcer of the bridge to Home Assistant, which is not started yet.

    Return None if the bridge is not an app of the Supervisor, or has no id. Home Assistant connects
    to ``place``.
    """
    if config.supervisor is None or place.listener.id is None:
        return None
    bridge = AnnouncedBridge(
        host=socket.gethostname(),  # Home Assistant can resolve a container's name
        port=place.port,
        id=place.listener.id,
        token=config.access.token,
    )
    return AppAnnouncer(config.supervisor, bridge)
