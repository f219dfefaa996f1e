"""The balancers whose PROXY headers are believed."""

from dataclasses import dataclass

from .addresses import in_networks, network_of

__all__ = ["Balancers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancers:
    """The balancers in front of a bridge. An instance is always valid.

    A header can claim any address. So it is believed only if it comes from one of these.
    """

    networks: tuple[str, ...] = ("127.0.0.0/8", "::1")
    """Addresses and networks of the balancers. The default is this machine."""

    def __post_init__(self) -> None:
        """Refuse invalid networks.

        Raises:
            ConfigError: An entry is no address and no network.
        """
        for entry in self.networks:
            network_of(entry, key="proxy_from")

    def trust(self, address: str) -> bool:
        """Return whether a connection from an address may begin with a header."""
        return in_networks(address, self.networks)
