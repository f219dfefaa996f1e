"""The keys at the top of the configuration file, beside ``profiles``."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..access import Access
from ..options import option
from .tokens import read_token
from .values import TokenSources

__all__ = ["Bridge", "access_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """What holds for all profiles."""

    listen: str = option("tcp://127.0.0.1:10300", doc="Where all profiles are offered.")
    default: str = option("", doc="Profile that clients get who name none; the first if absent.")
    log: str = option(
        "info",
        choices=("debug", "info", "warning", "error"),
        doc="How much is written to the log. Tokens never are.",
    )
    state: str | None = option(
        None,
        doc="Folder in which the bridge remembers how much audio was sent today, where a profile "
        "has a limit, and its id, where it is announced. Absent: `$STATE_DIRECTORY`, or "
        "`~/.local/state/wyoming-bridge`.",
    )
    access_token: str | None = option(
        None,
        doc="Token that clients have to send, but for those in `allow`. Home Assistant's own "
        "Wyoming integration knows none: its address has to be there.",
        secret=True,
    )
    access_token_file: str | None = option(
        None, doc="File that holds the access token; relative to the configuration file."
    )
    access_token_env: str | None = option(
        None, doc="Environment variable that holds the access token."
    )
    allow: tuple[str, ...] = option(
        (),
        doc="Addresses and networks (`192.168.1.20`, `192.168.1.0/24`) whose clients need no "
        "token. Where there is no token, only they may use the bridge, and this machine.",
    )
    trust_loopback: bool = option(
        True,
        doc="Whether programs on this machine may use the bridge without being in `allow`; not "
        "where one of them, as a proxy, lets others in.",
    )
    zeroconf: bool = option(
        False,
        doc="Whether Home Assistant is told where the bridge is (multicast DNS, service type "
        "`_wyoming-bridge._tcp`); needs the extra `zeroconf`.",
    )


def access_of(bridge: Bridge, *, folder: Path, environment: Mapping[str, str]) -> Access:
    """Who may use the bridge.

    Raises:
        ConfigError: The token cannot be had, or an address is none.
    """
    sources = TokenSources(
        token=bridge.access_token,
        token_file=bridge.access_token_file,
        token_env=bridge.access_token_env,
    )
    token = read_token(sources, key="access_token", folder=folder, environment=environment)
    return Access(token=token, allow=bridge.allow, trust_loopback=bridge.trust_loopback)
