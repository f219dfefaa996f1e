"""Decides which requests the page answers, and which need a login. It does no I/O."""

from collections.abc import Mapping, Sequence
from typing import Final

from ..access import Access, host_of, is_loopback
from ..errors import ConfigError
from ..options import shown
from ..web.host_guard import HostGuard, host_in
from .settings import PageSettings

__all__ = ["SUPERVISOR", "PageGuard"]

SUPERVISOR: Final = "172.30.32.2"
"""The address from which the Supervisor forwards the requests of ingress. Source: Home Assistant's
developer documentation, "Presenting your app", "Ingress"."""

_READING: Final = frozenset({"GET", "HEAD"})


class PageGuard:
    """The rules of one page."""

    def __init__(self, settings: PageSettings, access: Access) -> None:
        """Check the settings, and keep them.

        Raises:
            ConfigError: Other devices could use the page without a token.
        """
        if settings.is_in_network and not settings.ingress and access.token is None:
            raise ConfigError(
                f"page: the network can reach {settings.address}, so that any device in it could "
                "hear what is said; set access_token, or use an address of this machine, such as "
                f"127.0.0.1:{settings.port}"
            )
        self._settings = settings
        self._access = access

    def problem(
        self,
        *,
        peer: str,
        method: str,
        is_upgrade: bool,
        headers: Mapping[str, Sequence[str]],
        port: int,
    ) -> str | None:
        """Return the reason why a request is refused, or None if it is allowed.

        The names of the headers must be in lower case. ``port`` is the port of the page.
        """
        origins = headers.get("origin", ())
        if (method not in _READING or is_upgrade) and not origins:
            return "Origin: must be that of the page, but it is missing"
        if self._settings.ingress:
            if host_of(peer) == SUPERVISOR:
                return None
            return f"the page is open only to Home Assistant's ingress ({SUPERVISOR}), not {peer}"
        guard = HostGuard(
            port=port, hosts=self._settings.hosts, in_network=self._settings.is_in_network
        )
        if problem := guard.problem(headers):
            return problem
        hosts = {each.lower() for each in headers.get("host", ())}
        for origin in origins:  # other web pages of this machine or network are refused too
            if origin.partition("://")[2].lower() not in hosts:
                return f"Origin: must be the page's own host, got {shown(origin)}"
        return None

    def needs_login(self, *, peer: str, headers: Mapping[str, Sequence[str]]) -> bool:
        """Return whether a browser must prove that it knows the token.

        A browser on this machine needs no login if its address bar has a loopback address. If the
        address bar has any other name, the page may belong to an attacker who lets that name
        resolve to this machine, or the request may come from another machine through a proxy. The
        access rule ``allow`` is not used here. It is for Wyoming clients, and it usually contains
        the machine of Home Assistant, which also forwards requests of other machines.
        """
        if self._settings.ingress or self._access.token is None:
            return False
        is_here = is_loopback(host_of(peer)) and all(
            is_loopback(host_in(each)) for each in headers.get("host", ())
        )
        is_forwarded = "x-forwarded-for" in headers or "forwarded" in headers
        return not (self._access.trust_loopback and is_here and not is_forwarded)
