"""The bridge's own certificate, which is read again when its files change."""

import logging
import ssl
from pathlib import Path
from typing import Final, NoReturn

from ..errors import ConfigError, reason_of
from ..secret_files import PRIVATE_KEY, warn_if_readable_by_all

__all__ = ["ServerCertificate"]

_log = logging.getLogger(__name__)

_KEY_MARK: Final = "PRIVATE KEY-----"
"""The end of the line before any private key in PEM. Some tools write the certificate and the key
to one file."""

_Stamp = tuple[tuple[int, int, int], ...]


class ServerCertificate:
    """The certificate and the private key of a bridge, in PEM files.

    Certificates are renewed every few weeks, and the bridge should not have to restart for that. So
    ``context`` checks for each new connection whether the files have changed, which takes a few µs.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Read the files.

        Raises:
            ConfigError: A file cannot be read or is not in PEM, the files do not belong together,
                or the key is encrypted with a password.
        """
        self._certificate = certificate
        self._key = key
        self._stamp = self._stamp_now()
        self._context, self.pem = self._load()
        """``pem`` is the certificate in use, which may be older than the file."""
        self._problem = ""
        """Why the changed files cannot be used, kept so that it is logged only once."""

    def context(self) -> ssl.SSLContext:
        """Return the TLS context for a new connection.

        If the files have changed and cannot be used, return the previous context.
        """
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._stamp = stamp
                self._context, self.pem = self._load()
                _log.info("the certificate was read again")
            self._problem = ""
        except ConfigError as err:
            if str(err) != self._problem:
                _log.warning("the previous certificate stays in use: %s", err)
            self._problem = str(err)
        return self._context

    def _stamp_now(self) -> _Stamp:
        """Return the files' times, sizes and inode numbers, which change if a file is replaced."""
        try:
            found = [path.stat() for path in (self._certificate, self._key)]
        except OSError as err:
            raise ConfigError(f"tls: {err.filename}: {reason_of(err)}") from err
        return tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in found)

    def _load(self) -> tuple[ssl.SSLContext, str]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # A client of TLS 1.2 could otherwise request one costly handshake after another on the same
        # connection. OpenSSL 3 refuses that by default, and older versions do not.
        context.options |= ssl.OP_NO_RENEGOTIATION
        try:
            pem = self._certificate.read_text(encoding="ascii", errors="ignore")
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
            warn_if_readable_by_all(self._key, secret=PRIVATE_KEY)
            if _KEY_MARK in pem:
                warn_if_readable_by_all(self._certificate, secret=PRIVATE_KEY)
        except ssl.SSLError as err:
            raise ConfigError(
                f"tls: {self._certificate} and {self._key} must be a certificate and its private "
                f"key in PEM: {err.reason or err}"
            ) from err
        except OSError as err:
            unreadable = err.filename or self._key  # OpenSSL does not name the file
            raise ConfigError(f"tls: {unreadable}: {reason_of(err)}") from err
        return context, pem


def _no_password() -> NoReturn:
    """Refuse a key with a password, for which OpenSSL would ask at the terminal.

    Raises:
        ConfigError: Always.
    """
    raise ConfigError("tls: the private key must not be encrypted with a password")
