"""Refuses the requests of web pages to the status server.

Every web page that is open in a browser in the network can send requests to the server. Browsers
mark them with ``Origin`` or ``Sec-Fetch-Site``. An attacker can also let the name of a web page
resolve to the server's address (DNS rebinding). Then the request has no such mark, but ``Host`` is
a name of the public DNS.
"""

from collections.abc import Mapping, Sequence

from ..access import is_address, is_private
from ..options import shown
from ..web.host_guard import FETCH_SITES, host_in

__all__ = ["refusal"]


def refusal(headers: Mapping[str, Sequence[str]]) -> str | None:
    """Return why a request is refused, or None if it is allowed.

    The names of the headers must be in lower case.
    """
    hosts = headers.get("host", ())
    if len(hosts) != 1 or not _is_own(hosts[0]):
        got = shown(", ".join(hosts))
        return f"Host: must be an IP address or a name of a private network, got {got}"
    if "origin" in headers:
        return "Origin: requests of web pages are refused"
    if set(headers.get("sec-fetch-site", ())) - FETCH_SITES:
        return "Sec-Fetch-Site: requests of other sites are refused"
    return None


def _is_own(authority: str) -> bool:
    """Return whether a host is an IP address or a private name, which no public page has."""
    host = host_in(authority)
    return host is not None and (is_address(host) or is_private(host))
