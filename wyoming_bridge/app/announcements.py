"""Announces a bridge on the network. A bridge that is not announced does not load this module."""

import logging
from collections.abc import Sequence

from ..config import Config
from ..errors import ConfigError
from ..server import Bound
from ..server.announce import Announcement, Announcer, load_library
from ..version import VERSION

__all__ = ["announce", "announcements", "check_announcement"]

_log = logging.getLogger(__name__)


def check_announcement(config: Config) -> None:
    """Check that a bridge with this configuration can be announced.

    Raises:
        ConfigError: Clients connect through a balancer.
        DependencyError: The library is not installed.
    """
    if config.balancers:
        raise ConfigError(
            "zeroconf: cannot be combined with proxy_protocol, because clients that find the "
            "bridge connect without a balancer"
        )
    load_library()


def announce(
    places: Sequence[Bound], *, config: Config, interfaces: Sequence[str] | None
) -> Announcer | None:
    """Begin to announce the bridge; return None if only clients on this machine can reach it.

    ``interfaces`` lists the addresses of the network interfaces on which the bridge is announced;
    None stands for all interfaces.
    """
    if not any(place.network_hosts for place in places):
        _log.info("the bridge is not announced: only clients on this machine can reach it")
        return None
    announcer = Announcer(
        version=VERSION,
        access=config.access,
        is_encrypted=config.tls is not None,
        interfaces=interfaces,
    )
    announcer.start(announcements(places))
    return announcer


def announcements(places: Sequence[Bound]) -> list[Announcement]:
    """Return the announcement of the common address, which offers all profiles.

    If the network cannot reach the common address, return the announcements of the single
    profiles' addresses instead.
    """
    common, *single = places
    return [
        Announcement(id=place.listener.id, port=place.port, hosts=place.network_hosts)
        for place in ([common] if common.network_hosts else single)
        if place.network_hosts and place.listener.id
    ]
