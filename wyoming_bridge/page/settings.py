"""The settings of the page."""

import re
from dataclasses import dataclass
from typing import Final

from ..access import is_loopback
from ..errors import ConfigError
from ..options import Declared, option, shown
from . import DEFAULT_ADDRESS

__all__ = ["PageSettings"]

_ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+|\*):([0-9]{1,5})")

_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings(Declared):
    """Where and how the page is served. An instance is always valid."""

    address: str = option(
        DEFAULT_ADDRESS,
        doc="Address of the page, `host:port`. At an address other than `127.0.0.1` or "
        "`localhost`, other devices can reach the page, and an `access_token` is required.",
    )
    hosts: tuple[str, ...] = option(
        (),
        doc="Further hosts in the browser's address bar, with or without a port, such as that of a "
        "reverse proxy. Addresses and names of a private network do not need to be listed.",
    )
    ingress: bool = option(
        False,
        doc="Whether Home Assistant shows the page through the ingress of an app. Then the page "
        "answers only the Supervisor, and users log in to Home Assistant instead.",
    )

    def __post_init__(self) -> None:
        """Refuse invalid values.

        Raises:
            ConfigError: A value is invalid. The message names the setting and what is allowed.
        """
        Declared.__post_init__(self)
        parts = _ADDRESS.fullmatch(self.address)
        if parts is None or int(parts[2]) > _MAX_PORT:
            raise ConfigError(
                f"address: must be host:port, such as {DEFAULT_ADDRESS}, got {shown(self.address)}"
            )
        if self.hosts:
            from ..web.host_guard import check_hosts

            check_hosts(self.hosts)

    @property
    def host(self) -> str:
        """The host to listen at; ``*`` stands for all addresses."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen at; 0 stands for any free port."""
        return int(self.address.rpartition(":")[2])

    @property
    def is_in_network(self) -> bool:
        """Whether the network can reach the page."""
        return not is_loopback(self.host)
