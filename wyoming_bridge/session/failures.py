"""Translates the operating system's connection errors."""

import ssl

from ..errors import ConnectError, ConnectTimeoutError, RemoteError, reason_of

__all__ = ["unreachable"]


def unreachable(err: OSError, *, place: str, limit_s: float, provider: str) -> RemoteError:
    """Return an error that says why a host cannot be reached. It names the host, never a token."""
    kind: type[RemoteError] = ConnectError
    match err:
        case TimeoutError():
            kind = ConnectTimeoutError
            text = f"{place} did not answer within {limit_s:g} s"
        case ssl.SSLCertVerificationError():
            text = f"the certificate of {place} is not trusted: {err.verify_message}"
        case ssl.SSLError():
            text = f"the TLS handshake with {place} failed: {err.reason}"
        case ConnectionRefusedError():
            text = f"{place} refuses connections"
        case _:
            text = f"{place} cannot be reached: {reason_of(err)}"
    return kind(text, provider=provider)
