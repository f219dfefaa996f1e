"""The TLS context for a bridge that encrypts its connections."""

import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from homeassistant.const import CONF_SSL
from homeassistant.util.ssl import get_default_context

from .bridge import tls_context
from .const import CONF_CA_CERTIFICATE


def bridge_tls(data: Mapping[str, Any]) -> ssl.SSLContext | None:
    """Return the TLS context for the bridge of an account; None for a bridge without TLS.

    The bridge's certificate is always verified. It must be signed by the certificate authority in
    the account, or without one, by an authority that Home Assistant trusts.

    Raises:
        ConfigError: The certificate of the authority in the account is invalid.
    """
    if not data.get(CONF_SSL):
        return None
    own = data.get(CONF_CA_CERTIFICATE)
    return _own_context(own) if own else get_default_context()


@lru_cache(maxsize=8)
def _own_context(certificate: str) -> ssl.SSLContext:
    return tls_context(ca_pem=certificate)
