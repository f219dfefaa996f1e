"""The addresses and tokens of the APIs of Home Assistant and of the Supervisor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ..access import is_loopback, is_private
from ..errors import ConfigError
from ..options import option
from . import SUPERVISOR_TOKEN_VARIABLE

__all__ = ["HomeAssistantApi", "SupervisorApi", "supervised"]

_SUPERVISOR_URL: Final = "http://supervisor"
"""The Supervisor's address in the network of its apps. Source: ``docs/apps/communication.md`` in
Home Assistant's developer documentation."""

_WEBSOCKET_PATH: Final = "/core/websocket"
"""The path at which the Supervisor forwards the websocket API, and accepts the token of an app.
Source: the routes in ``supervisor/api/__init__.py``."""

_PATH: Final = "/api/websocket"
"""The path of the websocket API: ``URL`` in Home Assistant's ``websocket_api/const.py``."""

_ENCRYPTED: Final = {"https": True, "wss": True, "http": False, "ws": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAssistantApi:
    """How to reach Home Assistant. An instance is always valid."""

    url: str = option(
        "",
        doc="Address of Home Assistant, as in the browser: `http://homeassistant.local:8123`. "
        "Required.",
    )
    token: str = field(default="", repr=False)
    """A long-lived access token of an administrator, or the token of an app of the Supervisor. It
    is never logged or shown."""
    plain_hosts: tuple[str, ...] = option(
        (),
        doc="Hosts outside the private network that the bridge may connect to without TLS "
        "(`http://`). The token then crosses other networks unencrypted, so the bridge logs a "
        "warning.",
    )

    def __post_init__(self) -> None:
        """Refuse an address that is invalid or would send the token unencrypted.

        Raises:
            ConfigError: A value is invalid. The message names the setting and what is allowed.
        """
        try:
            parts = urlsplit(self.url)
            host = parts.hostname
            _ = parts.port  # reading the port validates it
        except ValueError as err:
            raise ConfigError(f"url: {err}") from err
        if parts.scheme not in _ENCRYPTED or not host:
            raise ConfigError("url: must be http://host[:port] or https://host[:port]")
        if parts.username is not None or {"?", "#"} & set(self.url):
            raise ConfigError("url: must not contain a user, a query or a fragment")
        if not self.token:
            raise ConfigError("token: one of token, token_file and token_env is required")
        if self.crosses_networks and host not in {each.lower() for each in self.plain_hosts}:
            raise ConfigError(
                f"url: {parts.scheme}:// sends the token unencrypted, which is allowed only for "
                f"this machine, private networks and the hosts in plain_hosts, got {host}"
            )

    @property
    def crosses_networks(self) -> bool:
        """Whether the token is sent unencrypted to a host outside the private network."""
        parts = urlsplit(self.url)
        host = parts.hostname
        return not _ENCRYPTED[parts.scheme] and not is_loopback(host) and not is_private(host)

    @property
    def websocket_url(self) -> str:
        """The URL of the websocket API. A path that ends in ``/websocket`` is kept."""
        parts = urlsplit(self.url)
        path = parts.path.rstrip("/")
        if not path.endswith("/websocket"):
            path += _PATH
        return parts._replace(
            scheme="wss" if _ENCRYPTED[parts.scheme] else "ws", path=path
        ).geturl()

    @property
    def place(self) -> str:
        """The host and port, for messages."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorApi:
    """How an app reaches the Supervisor, and Home Assistant through it."""

    token: str = field(repr=False)
    """The token of this app. It is never logged or shown."""
    url: str = _SUPERVISOR_URL

    @property
    def home_assistant(self) -> HomeAssistantApi:
        """The websocket API of the Home Assistant that the Supervisor runs."""
        return HomeAssistantApi(url=f"{self.url}{_WEBSOCKET_PATH}", token=self.token)


def supervised(environment: Mapping[str, str]) -> SupervisorApi | None:
    """Return the API for an app of the Supervisor, or None if this process is not an app."""
    token = environment.get(SUPERVISOR_TOKEN_VARIABLE, "").strip()
    return SupervisorApi(token=token) if token else None
