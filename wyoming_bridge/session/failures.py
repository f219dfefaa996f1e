"""Translates the errors of a connection that cannot be opened into the package's errors."""

import errno
import os
import re
import socket
import ssl
from datetime import UTC, datetime
from http import HTTPStatus
from socket import gaierror
from typing import Final
from urllib.parse import urlsplit

from ..errors import (
    CertificateTimeError,
    ConnectError,
    ConnectTimeoutError,
    ErrorText,
    OpenFilesError,
    ProxyError,
    ProxySettingError,
    RemoteError,
)
from ..errors.describing import symbol_of
from .proxies import Proxy, through

__all__ = ["not_a_proxy", "proxy_refused", "unreachable", "unresolved"]

_OUTSIDE_ITS_TIME: Final = {9: ErrorText.CERTIFICATE_TOO_NEW, 10: ErrorText.CERTIFICATE_EXPIRED}
_UNTRUSTED: Final = {
    **dict.fromkeys((18, 19), ErrorText.CERTIFICATE_SELF_SIGNED),
    **dict.fromkeys((2, 20, 21), ErrorText.CERTIFICATE_OF_UNKNOWN_ISSUER),
    **dict.fromkeys((62, 64), ErrorText.CERTIFICATE_OF_ANOTHER),
}
"""Both tables have the text for some of OpenSSL's error numbers for certificates (x509_vfy.h)."""

_AFTER_CONNECTING: Final = (TimeoutError, ConnectionResetError, BrokenPipeError, ssl.SSLError)
"""The errors that can occur after the proxy has connected to the service. All other errors occur
before that."""

_FOR_NOW: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""The HTTP statuses below 500 with which a proxy refuses only for now: a later try may succeed."""

_TOO_MANY_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})

_NO_ROUTE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH})

_UNKNOWN_NAME: Final = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
)
"""The resolver's errors for names that do not exist. Not every system has both."""


def unreachable(
    err: OSError,
    *,
    place: str,
    limit_s: float,
    provider: str | None = None,
    proxy: Proxy | None = None,
) -> RemoteError:
    """Return the error for a host that cannot be reached. Its text never contains a token.

    ``proxy`` is the proxy that was used; None for a direct connection.
    """
    err = _one_of(err)
    if err.errno in _TOO_MANY_FILES or (isinstance(err, gaierror) and _has_no_files_left()):
        return OpenFilesError(ErrorText.TOO_MANY_OPEN_FILES, provider=provider, place=place)
    if proxy and not isinstance(err, _AFTER_CONNECTING):
        refuses = isinstance(err, ConnectionRefusedError)
        return ProxyError(
            ErrorText.PROXY_REFUSES_CONNECTIONS if refuses else ErrorText.PROXY_UNREACHABLE,
            provider=provider,
            proxy=proxy.place,
            reason=_symbol(err),
        )
    if isinstance(err, gaierror):
        return unresolved(err, host=urlsplit(f"//{place}").hostname or place, provider=provider)
    place = through(proxy, place)
    if isinstance(err, ssl.SSLError):
        return _not_secured(err, place=place, provider=provider)
    if isinstance(err, TimeoutError):
        return ConnectTimeoutError(
            ErrorText.NO_ANSWER, provider=provider, place=place, seconds=f"{limit_s:g}"
        )
    match err:
        case ConnectionResetError() | BrokenPipeError():
            text = ErrorText.CONNECTION_CLOSED
        case ConnectionRefusedError():
            text = ErrorText.CONNECTION_REFUSED
        case OSError(errno=number) if number in _NO_ROUTE:
            text = ErrorText.NO_ROUTE
        case _:
            text = ErrorText.UNREACHABLE
    return ConnectError(text, provider=provider, place=place, reason=_symbol(err))


def _not_secured(err: ssl.SSLError, *, place: str, provider: str | None) -> ConnectError:
    """Return the error for a TLS handshake that failed."""
    if not isinstance(err, ssl.SSLCertVerificationError):
        return ConnectError(
            ErrorText.TLS_FAILED, provider=provider, place=place, reason=str(err.reason)
        )
    if text := _OUTSIDE_ITS_TIME.get(err.verify_code):
        time = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
        return CertificateTimeError(text, provider=provider, place=place, time=time)
    text = _UNTRUSTED.get(err.verify_code, ErrorText.CERTIFICATE_UNTRUSTED)
    return ConnectError(text, provider=provider, place=place, number=str(err.verify_code))


def unresolved(err: OSError, *, host: str, provider: str | None) -> ConnectError:
    """Return the error for a host name that cannot be resolved."""
    text = ErrorText.NAME_UNKNOWN if err.errno in _UNKNOWN_NAME else ErrorText.NAME_NOT_RESOLVED
    return ConnectError(text, provider=provider, host=host, reason=_symbol(err))


def proxy_refused(status: int, *, proxy: Proxy, place: str, provider: str) -> ProxyError:
    """Return the error for a proxy that answered with ``status`` and did not connect to a host."""
    kind: type[ProxyError] = ProxySettingError
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        has_password = proxy.credentials is not None
        text = ErrorText.PROXY_WRONG_PASSWORD if has_password else ErrorText.PROXY_WITHOUT_PASSWORD
    elif status in _FOR_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind, text = ProxyError, ErrorText.PROXY_CANNOT_REACH
    else:
        text = ErrorText.PROXY_REFUSES
    return kind(text, provider=provider, proxy=proxy.place, place=place, status=str(int(status)))


def not_a_proxy(proxy: Proxy, *, provider: str) -> ProxyError:
    """Return the error for a server that is configured as a proxy but is not an HTTP proxy."""
    return ProxyError(ErrorText.NOT_A_PROXY, provider=provider, proxy=proxy.place)


def _symbol(err: OSError) -> str:
    """Return the symbol of an error. The resolution of names has its own symbols."""
    if isinstance(err, gaierror):
        names = (name for name in dir(socket) if name.startswith("EAI_"))
        found = next((name for name in names if getattr(socket, name) == err.errno), None)
        return found or str(err.errno or type(err).__name__)
    return symbol_of(err)


def _one_of(err: OSError) -> OSError:
    """Return the error that all addresses of a host have in common, or else ``err`` unchanged.

    asyncio reports several failures as one exception, which has their texts but no error number.
    """
    numbers = set(re.findall(r"\[Errno (\d+)\]", str(err))) if err.errno is None else set()
    if len(numbers) != 1:
        return err
    number = int(numbers.pop())
    return OSError(number, os.strerror(number))  # OSError selects the subclass by the number


def _has_no_files_left() -> bool:
    """Return whether this process may open no more files, which the resolver does not report."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as err:
        return err.errno in _TOO_MANY_FILES
    return False
