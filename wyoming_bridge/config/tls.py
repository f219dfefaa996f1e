"""The certificate with which the bridge encrypts its connections."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ConfigError
from ..options import option
from .profile import build
from .schema import options_schema, validated
from .values import TlsFiles

__all__ = ["TlsOptions", "read_tls"]

_TLS: Final = "tls."


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOptions:
    """The keys of the mapping ``tls``. Paths are relative to the configuration file."""

    certificate: str = option(
        "",
        doc="File with the bridge's certificate, then those of its issuers, in PEM. Required. It "
        "is read again when it changes.",
    )
    key: str = option(
        "",
        doc="File with the private key of the certificate in PEM, without a password. Required.",
    )


def read_tls(given: object, *, folder: Path) -> TlsFiles | None:
    """Return the paths of the key ``tls``, or None if it is not set. The files are not read.

    Raises:
        ConfigError: A key is missing or invalid.
    """
    if given is None:
        return None
    options = build(TlsOptions, validated(options_schema(TlsOptions), given, where=_TLS))
    for name in ("certificate", "key"):
        if not getattr(options, name):
            raise ConfigError(f"{_TLS}{name}: must be the path of a file, but it is missing")
    return TlsFiles(certificate=folder / options.certificate, key=folder / options.key)
