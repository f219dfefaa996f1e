"""What a bridge adds to Wyoming's ``info``, and how our client reads it.

The ``info`` of a bridge contains the bridge's id, the place of its page and what its profiles can
do: ``wyoming_bridge: {"id": "...", "page": {"port": 10381}, "profiles": {"kitchen": {"flush":
true, ...}}}``. Other clients ignore this field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ..capabilities import ProfileCapabilities
from ..errors import ProtocolViolationError
from ..json_fields import JsonFields
from ..options import shown
from .names import EXTENSION

__all__ = ["PagePlace", "bridge_data", "capabilities_of", "identity_of", "page_of"]

_ID: Final = re.compile(r"[0-9a-f]{32}")

_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlace:
    """Where the page of a bridge is."""

    port: int | None
    """The port at the bridge's host, 1 to 65535; None if the page is the ingress of an app."""


def bridge_data(
    *,
    bridge_id: str | None,
    page: PagePlace | None,
    profiles: Mapping[str, ProfileCapabilities] = MappingProxyType({}),
) -> dict[str, object]:
    """Return our extension of a bridge's ``info``; empty if there is nothing to say."""
    ours: dict[str, object] = {}
    if profiles:
        ours["profiles"] = {name: each.to_data() for name, each in profiles.items()}
    if bridge_id:
        ours["id"] = bridge_id
    if page:
        ours["page"] = {"ingress": True} if page.port is None else {"port": page.port}
    return {EXTENSION: ours} if ours else {}


def identity_of(info: JsonFields) -> str | None:
    """Return the id in the data of an ``info``; None if the bridge sends no id.

    Raises:
        ProtocolViolationError: The id is not 32 hexadecimal digits.
    """
    known = info.inner(EXTENSION).optional_text("id") if EXTENSION in info else None
    if known is not None and not _ID.fullmatch(known):
        raise ProtocolViolationError(
            f"the id must be 32 hexadecimal digits, got {shown(known)}", provider="the bridge"
        )
    return known


def page_of(info: JsonFields) -> PagePlace | None:
    """Return the place of the page in the data of an ``info``; None if there is no valid place.

    An invalid place is not an error, because a bridge works without its page.
    """
    ours = info.raw(EXTENSION)
    page = ours.get("page") if isinstance(ours, Mapping) else None
    if not isinstance(page, Mapping):
        return None
    if page.get("ingress") is True:
        return PagePlace(port=None)
    port = page.get("port")
    is_port = isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= _MAX_PORT
    return PagePlace(port=port) if is_port else None


def capabilities_of(info: JsonFields, profile: str) -> ProfileCapabilities:
    """Return what a profile can do, from the data of an ``info``."""
    ours = info.raw(EXTENSION)
    profiles = ours.get("profiles") if isinstance(ours, Mapping) else None
    data = profiles.get(profile) if isinstance(profiles, Mapping) else None
    return ProfileCapabilities.from_data(data)
