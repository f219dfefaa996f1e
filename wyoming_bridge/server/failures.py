"""Errors as Wyoming says them: a code for programs, and words for the person who reads them."""

from typing import Final

from ..errors import (
    AuthenticationError,
    BridgeError,
    ConnectError,
    ConnectionLostError,
    FinalTimeoutError,
    QuotaError,
    RateLimitedError,
    ServiceError,
    TermsError,
)

__all__ = ["error_data"]

_ADVICE: Final[dict[type[BridgeError], str]] = {
    AuthenticationError: "Check the token of the profile.",
    QuotaError: "Check the credit of the account.",
    TermsError: "Accept the terms in the account of the service.",
    ConnectError: "Check the network and the profile's url.",
    RateLimitedError: "Wait a moment, then try again.",
    ConnectionLostError: "Try again.",
    FinalTimeoutError: "Try again.",
    ServiceError: "Try again.",
}


def error_data(error: BaseException, *, profile: str | None = None) -> dict[str, object]:
    """The data of an ``error`` event."""
    if not isinstance(error, BridgeError):
        return {
            "text": "the bridge itself failed; its log says more",
            "code": "internal_error",
        }
    advice = next((said for kind, said in _ADVICE.items() if isinstance(error, kind)), "")
    about = f"profile {profile}: " if profile else ""
    text = f"{about}{error}"
    return {"text": f"{text}. {advice}" if advice else text, "code": error.code}
