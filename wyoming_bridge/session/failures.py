"""What an operating system's refusal to connect means, for a person."""

import ssl

from ..errors import ConnectError, ConnectTimeoutError, RemoteError, reason_of

__all__ = ["unreachable"]


def unreachable(err: OSError, *, place: str, limit_s: float, provider: str) -> RemoteError:
    """Why a place cannot be reached: the place by its name, never with a token."""
    kind: type[RemoteError] = ConnectError
    match err:
        case TimeoutError():
            kind = ConnectTimeoutError
            text = f"{place} did not answer within {limit_s:g} s"
        case ssl.SSLCertVerificationError():
            text = f"the certificate of {place} is not trusted: {err.verify_message}"
        case ssl.SSLError():
            text = f"{place} does not speak TLS as expected: {err.reason}"
        case ConnectionRefusedError():
            text = f"{place} refuses connections"
        case _:
            text = f"{place} cannot be reached: {reason_of(err)}"
    return kind(text, provider=provider)
