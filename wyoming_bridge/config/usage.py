"""The server through which several bridges share how much audio they sent today."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from ..access import is_loopback, is_private
from ..errors import ConfigError

__all__ = ["UsageServer"]

_ALLOWED: Final = (
    "must be redis://[user:password@]host[:port][/database], the same with rediss://, or "
    "unix:///path"
)
"""No error text quotes the address, because it may contain a password."""

_DEFAULT_PORT: Final = 6379


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageServer:
    """The address of a Redis server. An instance is always valid."""

    url: str = field(repr=False)
    """The address, which may contain a password. It is never logged or shown."""

    def __post_init__(self) -> None:
        """Refuse an invalid address, and an unencrypted password outside private networks.

        Raises:
            ConfigError: The address is refused; the message says what is allowed.
        """
        try:
            parts = urlsplit(self.url)
            _ = parts.port  # reading the port validates it
        except ValueError as err:
            raise ConfigError(f"usage: {_ALLOWED}") from err
        if not _is_server(parts) or {"?", "#"} & set(self.url):
            raise ConfigError(f"usage: {_ALLOWED}")
        host = parts.hostname
        if (
            parts.scheme == "redis"
            and parts.password
            and not (is_loopback(host) or is_private(host))
        ):
            raise ConfigError(
                "usage: redis:// sends the password unencrypted, which is allowed only for this "
                f"machine and private networks, got {host}; use rediss://"
            )

    @property
    def password(self) -> str | None:
        """The password as the server knows it, without percent-encoding."""
        password = urlsplit(self.url).password
        return unquote(password) if password else None

    @property
    def place(self) -> str:
        """The address without user and password, for messages."""
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            return parts.path
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return f"{shown}:{parts.port or _DEFAULT_PORT}{parts.path.rstrip('/')}"


def _is_server(parts: SplitResult) -> bool:
    if parts.scheme == "unix":
        return not parts.hostname and len(parts.path) > 1
    database = parts.path.strip("/")
    is_known = parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
    return is_known and (not database or (database.isascii() and database.isdigit()))
