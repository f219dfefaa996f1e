"""TLS contexts for bridges that encrypt their connections."""

import ssl
from pathlib import Path

from ..errors import ConfigError, ErrorText, reason_of

__all__ = ["tls_context", "tls_context_for"]


def tls_context(*, ca_file: Path | None = None, ca_pem: str | None = None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, or only those in a file or a text.

    Without ``ca_pem``, the function reads files, which takes milliseconds.

    Raises:
        ConfigError: The file cannot be read, or there is no certificate.
    """
    if ca_pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError) as err:
            raise ConfigError(ErrorText.INVALID_CERTIFICATE, setting="ca_certificate") from err
        return context
    if ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as err:
        raise ConfigError(f"{ca_file}: must have certificates in PEM: {err.reason or err}") from err
    except OSError as err:
        raise ConfigError(f"{ca_file}: {reason_of(err)}") from err


def tls_context_for(certificate: Path | str) -> ssl.SSLContext:
    """Return a context that trusts only this certificate, under any host name.

    ``certificate`` is a PEM file, or its text.

    With this context, a process on the bridge's machine can use the bridge at a loopback address.

    Raises:
        ConfigError: The file cannot be read, or there is no certificate.
    """
    if isinstance(certificate, str):
        context = tls_context(ca_pem=certificate)
    else:
        context = tls_context(ca_file=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # trust it without its issuer
    return context
