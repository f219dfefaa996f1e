"""Opens the sockets of a listen address, and waits for an address that does not exist yet."""

import asyncio
import errno
import logging
import socket
from collections.abc import Iterable, Sequence
from typing import Final

from .errors import ConfigError, LocalError, reason_of

__all__ = ["BACKLOG", "AddressWait", "ListenError", "bind", "hosts_of", "uri_of"]

_log = logging.getLogger(__name__)

_RETRY_S: Final = 1.0
"""The wait between two attempts to bind to an address that does not exist yet."""

_NOT_THERE_YET: Final = frozenset({errno.EADDRNOTAVAIL, errno.ENODEV, errno.ENETDOWN})
"""The errors of binding to an address that no network interface has yet, as at boot."""

BACKLOG: Final = 256
"""The number of clients that may wait to be accepted. asyncio's default of 100 is too low, because
100 satellites can wake at once."""

_ANY_HOST: Final = "*"
_ANY_IPV4: Final = "0.0.0.0"  # noqa: S104 - used only if the configuration asks for it
_ANY_IPV6: Final = "::"

_NO_IPV6: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""The errors of a machine without IPv6."""

_KEEPALIVE: Final = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", socket.TCP_KEEPINTVL)): 5,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 5,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 3,
}
"""The options of the listening socket, which each client's socket inherits. They end a session 20 s
after the client's network cable was pulled, because sessions are paid for by time. macOS has
another name for TCP_KEEPIDLE, so this option keeps its default there."""


class ListenError(LocalError):
    """The address to listen at did not exist in time, or its host name could not be resolved."""

    code = "cannot_listen"
    advice = "Check the network and the listen address."


class AddressWait:
    """How long the start of a program may wait for addresses that do not exist yet.

    All addresses of the program share this time, so a start with several addresses waits no longer.
    """

    def __init__(self, limit_s: float) -> None:
        """Create a wait of at most ``limit_s`` seconds, of which nothing is used yet."""
        self.limit_s = limit_s
        self.left_s = limit_s

    def __str__(self) -> str:
        """Return the time that is left. If some of it was used, also name the shared limit."""
        left = f"{self.left_s:.3g} s"
        if self.left_s == self.limit_s:
            return left
        return f"{left}, because all addresses share {self.limit_s:g} s"

    def use(self, seconds: float) -> None:
        """Note that the program has waited for ``seconds``."""
        self.left_s = max(0.0, self.left_s - seconds)


def uri_of(host: str, port: int) -> str:
    """Return an address as ``tcp://host:port``."""
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


def hosts_of(sockets: Sequence[socket.socket]) -> tuple[str, ...]:
    """Return the addresses that sockets are bound to. A socket for IPv4 and IPv6 has two."""
    hosts: dict[str, None] = {}
    for sock in sockets:
        host = sock.getsockname()[0]
        if host == _ANY_IPV6 and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
            hosts[_ANY_IPV4] = None
        hosts[host] = None
    return tuple(hosts)


async def bind(host: str, port: int, *, wait: AddressWait) -> list[socket.socket]:
    """Return sockets that listen at ``host``, one for each address of a host name.

    ``*`` and ``::`` stand for all addresses of this machine, IPv4 and IPv6.

    Raises:
        ConfigError: The address cannot be used.
        ListenError: The machine did not have the address within the time that ``wait`` had left.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        return await _bind_in_time(host, port, wait=wait, until=began + wait.left_s)
    finally:
        wait.use(loop.time() - began)


async def _bind_in_time(
    host: str, port: int, *, wait: AddressWait, until: float
) -> list[socket.socket]:
    loop = asyncio.get_running_loop()
    is_waiting = False
    while True:
        try:
            return await _bind_now(host, port)
        except (OSError, OverflowError, UnicodeError) as err:
            message = f"cannot listen at {uri_of(host, port)}: {_why(err)}"
            if not _may_exist_later(err):
                raise ConfigError(message) from err
            if loop.time() >= until:
                raise ListenError(f"{message}; tried for {wait}") from err
        if not is_waiting:
            _log.warning("%s; trying again for %s", message, str(wait))  # ``wait`` changes
            is_waiting = True
        await asyncio.sleep(min(_RETRY_S, max(0.0, until - loop.time())))


def _why(err: Exception) -> str:
    if isinstance(err, OSError):
        return reason_of(err)
    return "the port must be 0 to 65535" if isinstance(err, OverflowError) else str(err)


def _may_exist_later(err: Exception) -> bool:
    """Return whether an address or a host name may exist later."""
    return isinstance(err, socket.gaierror) or (
        isinstance(err, OSError) and err.errno in _NOT_THERE_YET
    )


async def _bind_now(host: str, port: int) -> list[socket.socket]:
    if host == _ANY_HOST:
        return [_listen_everywhere(port)]
    if host == _ANY_IPV6:
        return [_listen((host, port), family=socket.AF_INET6, is_dual=True)]
    sockets: list[socket.socket] = []
    try:
        for family, address in await _addresses_of(host, port):
            sockets.append(_listen(address, family=family))
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    return sockets


async def _addresses_of(host: str, port: int) -> Iterable[tuple[int, tuple[object, ...]]]:
    """Return the family and the socket address of each address of a host.

    A numeric address is not looked up. The lookup needs a thread and the tables for domain names,
    which an idle bridge would keep in memory.
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):  # ValueError: the host contains a null character
            continue
        return [(family, (host, port))]
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return dict.fromkeys((each[0], each[4]) for each in found)


def _listen_everywhere(port: int) -> socket.socket:
    """Listen at all addresses with one socket. A machine without IPv6 listens at IPv4 only."""
    try:
        return _listen((_ANY_IPV6, port), family=socket.AF_INET6, is_dual=True)
    except OSError as err:
        if err.errno not in _NO_IPV6:
            raise
    return _listen((_ANY_IPV4, port), family=socket.AF_INET)


def _listen(address: tuple[object, ...], *, family: int, is_dual: bool = False) -> socket.socket:
    sock = socket.create_server(
        address,
        family=family,
        backlog=BACKLOG,
        dualstack_ipv6=is_dual and socket.has_dualstack_ipv6(),
    )
    for option, value in _KEEPALIVE.items():
        sock.setsockopt(*option, value)
    sock.setblocking(False)
    return sock
