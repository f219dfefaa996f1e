"""The TCP addresses in a configuration."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ..errors import ConfigError

__all__ = ["DEFAULT_ADDRESS", "Address"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The TCP address of a bridge."""

    host: str
    port: int
    """0 stands for any free port."""

    @classmethod
    def parse(cls, uri: str, *, key: str) -> "Address":
        """Parse ``tcp://host:port``.

        Raises:
            ConfigError: The text does not have this form; the message names the key.
        """
        if "@" in uri:  # do not show the text, which may contain a password
            raise ConfigError(f"{key}: must be tcp://host:port, without a user or a password")
        problem = f"{key}: must be tcp://host:port, got {uri!r}"
        try:
            parts = urlsplit(uri)
            host, port = parts.hostname, parts.port
        except ValueError as err:
            raise ConfigError(problem) from err
        if "?" in uri or "#" in uri:
            raise ConfigError(f"{problem}; a query or a fragment has no meaning here")
        if parts.scheme != "tcp" or not host or port is None or parts.path.strip("/"):
            raise ConfigError(problem)
        return cls(host=host, port=port)

    @classmethod
    def parse_place(cls, text: str, *, key: str) -> "Address":
        """Parse ``host:port``.

        Raises:
            ConfigError: The text does not have this form; the message names the key.
        """
        try:
            return cls.parse(f"tcp://{text}", key=key)
        except ConfigError as err:
            got = "" if "@" in text else f", got {text!r}"
            raise ConfigError(f"{key}: must be host:port{got}") from err

    @property
    def uri(self) -> str:
        """The address as ``tcp://host:port``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


DEFAULT_ADDRESS: Final = Address(host="127.0.0.1", port=10300)
"""10300 is the usual port of Wyoming servers for speech to text."""
