"""Turns errors into Wyoming events with a code for clients and a text for people."""

from ..errors import BridgeError

__all__ = ["error_data"]


def error_data(error: BaseException, *, profile: str | None = None) -> dict[str, object]:
    """Return the data of an ``error`` event. Unexpected errors reveal no details."""
    if not isinstance(error, BridgeError):
        return {
            "text": "the bridge itself failed; its log has the details",
            "code": "internal_error",
        }
    data = error.to_data()
    return data | {"text": f"profile {profile}: {data['text']}"} if profile else data
