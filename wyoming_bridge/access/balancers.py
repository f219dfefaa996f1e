"""The balancers whose PROXY headers are believed, and what a header says about the client."""

from dataclasses import dataclass
from typing import Final

from .addresses import in_networks, is_loopback, network_of
from .handshake import SocketAddress
from .proxy_header import ProxyHeader

__all__ = ["UNKNOWN_HOST", "Balancers"]

UNKNOWN_HOST: Final = "an unknown address"
"""Stands for the address of a client that a balancer does not know. No rule allows it."""


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

    @staticmethod
    def client_of(header: ProxyHeader, *, sent_from: str) -> str:
        """Return the host of the client of a connection that a balancer sent.

        An address of loopback is on the balancer's machine. Only if the balancer runs on this
        machine too is it an address of this machine, which the access rules may trust.
        """
        if header.is_local:
            return sent_from
        if header.client is None:
            return UNKNOWN_HOST
        host = header.client.host
        return sent_from if is_loopback(host) and not is_loopback(sent_from) else host

    @staticmethod
    def reached_at(header: ProxyHeader, *, own: SocketAddress) -> SocketAddress:
        """Return the address at which the client reached the balancer, or else the bridge's own."""
        return header.reached_at or own
