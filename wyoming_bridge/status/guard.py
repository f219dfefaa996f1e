"""Refuses the requests of web pages to the status server.

Every web page that is open in the network can send requests. Those of a page show it in ``Origin``
or ``Sec-Fetch-Site``. If the name of a page resolves to the server's address (DNS rebinding), the
origin is the same, but ``Host`` is a name of the public DNS.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ..access.addresses import is_private, parsed
from ..options import shown

__all__ = ["refusal"]

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")

_FETCH_SITES: Final = frozenset({"same-origin", "none"})


def refusal(headers: Mapping[str, Sequence[str]]) -> str | None:
    """Return why a request is refused, or None. The names of the headers are in lower case."""
    hosts = headers.get("host", ())
    if len(hosts) != 1 or not _is_own(hosts[0]):
        got = shown(", ".join(hosts))
        return f"Host: must be an address or a name of the private network, got {got}"
    if "origin" in headers:
        return "Origin: requests of web pages are refused"
    if set(headers.get("sec-fetch-site", ())) - _FETCH_SITES:
        return "Sec-Fetch-Site: requests of other sites are refused"
    return None


def _is_own(authority: str) -> bool:
    """Return whether no page of the public web can have this host."""
    match = _HOST.fullmatch(authority)
    host = match[1].strip("[]") if match else ""
    return bool(host) and (parsed(host) is not None or is_private(host))
