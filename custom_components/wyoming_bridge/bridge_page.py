"""The link from a device to the page of its bridge."""

import re
from typing import Final

from homeassistant.core import HomeAssistant
from yarl import URL

from .addresses import is_loopback
from .bridge import PagePlace

_APP_HOST: Final = re.compile(r"(?:local|[0-9a-f]{8})-wyoming-bridge")
"""The name of the app's container: the app's slug with other hyphens. Its first part is that of the
repository. Source: ``supervisor/apps/model.py`` and ``supervisor/store/utils.py`` of Supervisor
2026.08."""


def page_url(hass: HomeAssistant, *, host: str, page: PagePlace) -> str | None:
    """Return the address of a bridge's page, or None if a browser cannot open it.

    ``host`` is where Home Assistant reaches the bridge. Everything but the port comes from it, so
    that a bridge cannot lead the user to another machine or app.
    """
    if page.port is None:
        return _ingress_url(host)
    if is_loopback(host):
        # It is this machine. A browser on another one needs an address of the network.
        if hass.config.api is None:
            return None
        host = hass.config.api.local_ip
    try:
        return str(URL.build(scheme="http", host=host, port=page.port, path="/"))
    except ValueError:  # not a name; Home Assistant would refuse the whole device
        return None


def _ingress_url(host: str) -> str | None:
    """Return the address of the app's page in Home Assistant."""
    if not _APP_HOST.fullmatch(host):
        return None  # an app of another Home Assistant
    return f"homeassistant://app/{host.replace('-', '_')}"
