"""The link from a device to the page of its bridge."""

import re
from typing import Final

from homeassistant.core import HomeAssistant
from yarl import URL

from .bridge import PagePlace, is_loopback

_APP_HOST: Final = re.compile(r"(?:local|[0-9a-f]{8})-wyoming-bridge")
"""The host name of the app's container: the app's slug with hyphens in place of underscores. The
first part stands for the app's repository. Source: ``supervisor/apps/model.py`` and
``supervisor/store/utils.py`` of Supervisor 2026.08."""


def page_url(hass: HomeAssistant, *, host: str, page: PagePlace) -> str | None:
    """Return the address of a bridge's page, or None if a browser cannot open it.

    ``host`` is the host at which Home Assistant reaches the bridge. Only the port comes from the
    bridge, so that a bridge cannot lead the user to another machine or app.
    """
    if page.port is None:
        return _ingress_url(host)
    if is_loopback(host):
        # The bridge is on this machine. A browser on another machine needs the network address.
        if hass.config.api is None:
            return None
        host = hass.config.api.local_ip
    try:
        return str(URL.build(scheme="http", host=host, port=page.port, path="/"))
    except ValueError:  # not a valid host; Home Assistant would refuse a device with this link
        return None


def _ingress_url(host: str) -> str | None:
    """Return the link to the page of the app ``host`` in Home Assistant; None for other hosts."""
    if not _APP_HOST.fullmatch(host):
        return None  # the bridge is an app of another Home Assistant
    return f"homeassistant://app/{host.replace('-', '_')}"
