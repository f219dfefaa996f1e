"""Errors as Wyoming says them: a code for programs, and words for the person who reads them."""

from ..errors import BridgeError

__all__ = ["error_data"]


def error_data(error: BaseException, *, profile: str | None = None) -> dict[str, object]:
    """The data of an ``error`` event. What is not ours says nothing of its inside."""
    if not isinstance(error, BridgeError):
        return {"text": "the bridge itself failed; its log says more", "code": "internal_error"}
    about = f"profile {profile}: " if profile else ""
    return {"text": f"{about}{error.with_advice}", "code": error.code}
