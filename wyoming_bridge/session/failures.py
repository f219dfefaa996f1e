"""Translates the operating system's connection errors."""

import errno
import os
import re
import ssl
from datetime import UTC, datetime
from http import HTTPStatus
from socket import gaierror
from typing import Final

from ..errors import (
    CertificateTimeError,
    ConnectError,
    ConnectTimeoutError,
    OpenFilesError,
    ProxyError,
    ProxySettingError,
    RemoteError,
    reason_of,
)
from .proxies import Proxy

__all__ = ["not_a_proxy", "proxy_refused", "unreachable"]

_OUTSIDE_ITS_TIME: Final = {9: "is not valid yet", 10: "has expired"}
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL's x509_vfy.h."""

_AFTER_CONNECTING: Final = (TimeoutError, ConnectionResetError, BrokenPipeError, ssl.SSLError)
"""Errors that can occur after the proxy has connected to the service. All others occur before."""

_FOR_NOW: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""A proxy's statuses after which a retry may succeed, in addition to all from 500 on."""

_TOO_MANY_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})


def unreachable(
    err: OSError, *, place: str, limit_s: float, provider: str, proxy: Proxy | None = None
) -> RemoteError:
    """Return the error of a host that cannot be reached. Its text never contains a token.

    ``proxy`` is the proxy that was used; None for a direct connection.
    """
    err = _one_of(err)
    kind: type[RemoteError] = ConnectError
    if err.errno in _TOO_MANY_FILES or (isinstance(err, gaierror) and _has_no_files_left()):
        why = os.strerror(errno.EMFILE)
        return OpenFilesError(f"{place} cannot be reached: {why}", provider=provider)
    if proxy and not isinstance(err, _AFTER_CONNECTING):
        kind, place = ProxyError, str(proxy)
    elif proxy:
        place = f"{place} (through {proxy})"
    match err:
        case TimeoutError():
            kind = ConnectTimeoutError
            text = f"{place} did not answer within {limit_s:g} s"
        case ssl.SSLCertVerificationError() if err.verify_code in _OUTSIDE_ITS_TIME:
            kind = CertificateTimeError
            text = (
                f"the certificate of {place} {_OUTSIDE_ITS_TIME[err.verify_code]}, "
                f"if this machine's clock is right ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC)"
            )
        case ssl.SSLCertVerificationError():
            text = f"the certificate of {place} is not trusted: {err.verify_message}"
        case ssl.SSLError():
            text = f"the TLS handshake with {place} failed: {err.reason}"
        case ConnectionResetError() | BrokenPipeError():
            text = f"{place} closed the connection"
        case ConnectionRefusedError():
            text = f"{place} refuses connections"
        case _:
            text = f"{place} cannot be reached: {reason_of(err)}"
    return kind(text, provider=provider)


def proxy_refused(status: int, *, proxy: Proxy, place: str, provider: str) -> ProxyError:
    """Return the error of a proxy that did not connect to a host, with the reason."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        what = (
            "does not accept its user name and password"
            if proxy.credentials
            else ("requires a user name and a password, as in http://user:password@host:port")
        )
        return ProxySettingError(f"{proxy} {what} (HTTP {status})", provider=provider)
    if status in _FOR_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProxyError(f"{proxy} cannot reach {place} (HTTP {status})", provider=provider)
    return ProxySettingError(
        f"{proxy} refuses to connect to {place} (HTTP {status})", provider=provider
    )


def not_a_proxy(proxy: Proxy, *, provider: str) -> ProxyError:
    """Return the error for a server that is configured as a proxy but is not an HTTP proxy."""
    return ProxyError(f"{proxy} does not answer as an HTTP proxy", provider=provider)


def _one_of(err: OSError) -> OSError:
    """Return a single error if all addresses of a name failed in the same way.

    asyncio joins the texts of the errors into one exception.
    """
    numbers = set(re.findall(r"\[Errno (\d+)\]", str(err))) if err.errno is None else set()
    if len(numbers) != 1:
        return err
    number = int(numbers.pop())
    return OSError(number, os.strerror(number))  # OSError selects the subclass by the number


def _has_no_files_left() -> bool:
    """Return whether no file can be opened. Name resolution then fails without this reason."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as err:
        return err.errno in _TOO_MANY_FILES
    return False
