"""The kinds of accounts whose forms are tried with wrong values, and the right values."""

from typing import Any, Final

from accounts import account, bridge_account
from bridges import Bridge
from custom_components.wyoming_bridge.bridge import PROVIDERS
from flow_api import Answer, without
from servers import Server
from texts import FLOW, SUBENTRY

ACCOUNTS: Final = [*PROVIDERS, "local", "bridge"]

TOKEN: Final = "127.0.0.1:1"
"""A token that is also a valid address, at which no server listens.

If the token and the address are swapped in a form, all values are still valid, and only the attempt
to connect fails.
"""

ACCESS_TOKEN: Final = "acc3ss/of/the/tests"
"""A token that is not a valid host name, so a form refuses it as the host."""


def valid_values(kind: str, server: Server, bridge: Bridge) -> dict[str, Any]:
    """Return values with which an account can be added."""
    if kind == "bridge":
        return {"host": bridge.host, "port": float(bridge.port), "token": ACCESS_TOKEN}
    if kind == "openai":
        address = f"{server.url}/openai"
        return {"url": address, "model": "127.0.0.1:2", "token": TOKEN, "language": "en"}
    if kind == "local":
        return {"url": server.url, "protocol": "reson8", "token": TOKEN, "language": "en"}
    return {"token": TOKEN, "language": "en", "advanced": {"url": f"{server.url}/{kind}"}}


def stored(kind: str, server: Server, bridge: Bridge) -> Any:
    """Return a stored account of a kind."""
    if kind == "bridge":
        return bridge_account(bridge, token=ACCESS_TOKEN, profile="kitchen")
    if kind not in {"local", "openai"}:
        return account(server, kind, token=TOKEN)
    entry = account(server, "reson8", token=TOKEN)
    values = without(valid_values(kind, server, bridge), ("language",))
    object.__setattr__(entry, "data", {"provider": kind, **values})
    return entry


def expect_told(answer: Answer, case: str) -> None:
    """Check that a form was not accepted, and that each error has a text."""
    known = {**FLOW["error"], **SUBENTRY["error"]}
    refused_by_schema = answer.status == 400

    assert answer.errors, f"{case}: {answer.body}"
    assert refused_by_schema or set(answer.errors.values()) <= set(known), f"{case}: {answer.body}"


def sections_of(kind: str) -> dict[str, Any]:
    """Return the empty sections of an entity's form."""
    absent = {"scriptix": "bias", "bridge": "advanced"}.get(kind)
    return {name: {} for name in ("end_of_speech", "bias", "advanced") if name != absent}


def entity_values(kind: str) -> dict[str, Any]:
    """Return values with which an entity of an account can be added."""
    first = {"elevenlabs": {"model": "scribe_v2_realtime"}, "bridge": {"profile": "kitchen"}}
    return {"name": "Attic", "language": "en", **first.get(kind, {}), **sections_of(kind)}
