"""The keys at the top level of the configuration file, except ``profiles``."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..access import Access, Balancers
from ..errors import ConfigError
from ..options import option
from .address import DEFAULT_ADDRESS
from .tokens import TokenSources, read_token
from .usage import UsageServer
from .values import SendsChunks

__all__ = ["Bridge", "access_of", "balancers_of", "usage_of"]

_log = logging.getLogger(__name__)

_GUESSABLE_CHARACTERS: Final = 16
"""A shorter token gets a warning. An attacker with a recorded proof can try tokens on it, without
the bridge. 16 random characters have too many combinations for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """The settings that apply to all profiles."""

    listen: str = option(
        DEFAULT_ADDRESS.uri,
        doc="Address that offers all profiles. `tcp://*:10300` and `tcp://[::]:10300` stand for "
        "all addresses of this machine, `tcp://0.0.0.0:10300` for its IPv4 addresses.",
    )
    default: str = option(
        "", doc="Profile for clients that do not name one. Default: the first profile."
    )
    log: str = option(
        "info",
        choices=("debug", "info", "warning", "error"),
        doc="Lowest level of messages in the log. Tokens are never logged.",
    )
    state: str | None = option(
        None,
        doc="Folder for the bridge's id and, if a profile has a daily limit, for the amount of "
        "audio that was sent today. Default: `$STATE_DIRECTORY`, or else `wyoming-bridge` in "
        "`$XDG_STATE_HOME` or `~/.local/state`.",
    )
    usage: str | None = option(
        None,
        doc="Redis server through which several bridges share their daily limits. Without it, each "
        "bridge uses a file. The address is `redis://host:6379/0`, also with a user and a "
        "password, `rediss://...` or `unix:///path`. Needs the extra `redis`.",
        secret=True,
    )
    usage_file: str | None = option(
        None, doc="File with the address of `usage`, relative to the configuration file."
    )
    usage_env: str | None = option(None, doc="Environment variable with the address of `usage`.")
    access_token: str | None = option(
        None,
        doc="Secret that clients must know unless they are in `allow`. It is never sent. Use a "
        "random secret (`openssl rand -hex 32`). Home Assistant's own Wyoming integration cannot "
        "use it: add its address to `allow`.",
        secret=True,
    )
    access_token_file: str | None = option(
        None, doc="File with the access token, relative to the configuration file."
    )
    access_token_env: str | None = option(None, doc="Environment variable with the access token.")
    allow: tuple[str, ...] = option(
        (),
        doc="Addresses and networks (`192.168.1.20`, `192.168.1.0/24`) of clients that need no "
        "token. With entries but without an access token, only these clients and this machine may "
        "use the bridge.",
    )
    trust_loopback: bool = option(
        True,
        doc="Whether clients on this machine need no token and no entry in `allow`. Turn it off if "
        "a proxy on this machine forwards other clients.",
    )
    proxy_protocol: bool = option(
        False,
        doc="Whether each connection begins with the PROXY header (version 1 or 2) of a balancer, "
        "which has the client's address. Other connections are refused.",
    )
    proxy_from: tuple[str, ...] = option(
        Balancers().networks,
        doc="Addresses and networks of the balancers. A header can claim any address, so all other "
        "connections are refused if `proxy_protocol` is on. Default: this machine.",
    )
    listen_timeout_s: float = option(
        30.0,
        doc="Longest wait for listen addresses that do not exist yet, such as while the machine "
        "starts. All addresses of the bridge share this time. After that, the bridge ends with "
        "exit code 3.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    drain_timeout_s: float = option(
        30.0,
        doc="Longest time for which the bridge waits for the utterances under way when it is asked "
        "to stop. Meanwhile, it accepts no more clients. It does not wait for utterances from the "
        "page. A second signal ends the wait.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    transcript_chunks: str = option(
        SendsChunks.ON_REQUEST.value,
        choices=tuple(SendsChunks),
        doc="Which clients get the text in `transcript-chunk` events before the `transcript`: "
        "clients that send a `context` in `transcribe` (`on_request`), or all (`always`). Some "
        "clients without a `context` use the first chunk as the whole transcript. Home Assistant "
        "does not use chunks.",
    )
    status: str | None = option(
        None,
        doc="Address of the status over HTTP, such as `127.0.0.1:10380`: `/livez`, `/readyz` and "
        "`/metrics`. The metrics need the extra `metrics`.",
    )
    zeroconf: bool = option(
        False,
        doc="Whether the bridge is announced on the network (multicast DNS, service type "
        "`_wyoming-bridge._tcp`), so that Home Assistant discovers it. Needs the extra "
        "`zeroconf`.",
    )
    house: str | Mapping[str, object] | None = option(
        None,
        doc="Names of the house and its areas: a YAML file, relative to the configuration file, or "
        "the mapping itself.",
    )


def access_of(bridge: Bridge, *, folder: Path, environment: Mapping[str, str]) -> Access:
    """Return the access rules.

    Raises:
        ConfigError: The token has several sources, its source has no valid token, or an entry of
            ``allow`` is invalid.
    """
    sources = TokenSources(
        token=bridge.access_token,
        token_file=bridge.access_token_file,
        token_env=bridge.access_token_env,
    )
    token = read_token(sources, key="access_token", folder=folder, environment=environment)
    if token and len(token) < _GUESSABLE_CHARACTERS:
        _log.warning(
            "access_token has only %d characters, so a device that records its use can guess it; "
            "create a random token with openssl rand -hex 32",
            len(token),
        )
    return Access(token=token, allow=bridge.allow, trust_loopback=bridge.trust_loopback)


def balancers_of(bridge: Bridge) -> Balancers | None:
    """Return the balancers that send PROXY headers, or None if clients connect directly.

    Raises:
        ConfigError: ``proxy_from`` is set without ``proxy_protocol``, has an invalid entry, or is
            empty.
    """
    balancers = Balancers(networks=bridge.proxy_from)
    if not bridge.proxy_protocol:
        if balancers != Balancers():
            raise ConfigError("proxy_from: requires proxy_protocol: true")
        return None
    if not bridge.proxy_from:
        raise ConfigError("proxy_from: must have at least one address or network, got none")
    return balancers


def usage_of(bridge: Bridge, *, folder: Path, environment: Mapping[str, str]) -> UsageServer | None:
    """Return the server that keeps the usage, or None if a file keeps it.

    Raises:
        ConfigError: The address has several sources, or its source has no valid address.
    """
    sources = TokenSources(
        token=bridge.usage, token_file=bridge.usage_file, token_env=bridge.usage_env
    )
    url = read_token(sources, key="usage", folder=folder, environment=environment)
    return UsageServer(url=url) if url else None
