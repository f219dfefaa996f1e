"""The balancers whose PROXY headers the bridge trusts."""

from dataclasses import dataclass

from .addresses import in_networks, network_of

__all__ = ["Balancers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancers:
    """The balancers in front of a bridge. An instance is always valid.

    A PROXY header can claim any address of a client, so the bridge trusts only headers that come
    from these balancers.
    """

    networks: tuple[str, ...] = ("127.0.0.0/8", "::1")
    """Addresses and networks of the balancers. The default is this machine."""

    def __post_init__(self) -> None:
        """Refuse invalid networks.

        Raises:
            ConfigError: An entry is neither an address nor a network.
        """
        for entry in self.networks:
            network_of(entry, key="proxy_from")

    def trust(self, address: str) -> bool:
        """Return whether a PROXY header from an address is trusted."""
        return in_networks(address, self.networks)
