"""Converts the service's error messages to the package's errors."""

from typing import Final

from ....errors import (
    AuthenticationError,
    ErrorText,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from ...error_codes import KEY_ID_CODE
from ...reports import ErrorReport, kind_of
from ..messages import ErrorKind, ErrorMessage
from ..settings import PROVIDER

__all__ = ["error_of"]

_ERRORS: Final[dict[ErrorKind, type[RemoteError]]] = {
    ErrorKind.AUTH_ERROR: AuthenticationError,
    ErrorKind.QUOTA_EXCEEDED: QuotaError,
    ErrorKind.UNACCEPTED_TERMS: TermsError,
    ErrorKind.RATE_LIMITED: RateLimitedError,
    ErrorKind.QUEUE_OVERFLOW: RateLimitedError,
    ErrorKind.RESOURCE_EXHAUSTED: RateLimitedError,
    ErrorKind.COMMIT_THROTTLED: ServiceError,
    ErrorKind.SESSION_TIME_LIMIT_EXCEEDED: ServiceError,
    ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY: ServiceError,
    ErrorKind.TRANSCRIBER_ERROR: ServiceError,
    ErrorKind.ERROR: ServiceError,
    ErrorKind.INPUT_ERROR: ServiceRequestError,
    ErrorKind.INVALID_REQUEST: ServiceRequestError,
    ErrorKind.CHUNK_SIZE_EXCEEDED: ServiceRequestError,
}


def error_of(message: ErrorMessage) -> RemoteError:
    """Return the error for a message. For the kind ``error``, code and text decide the class."""
    kind = _ERRORS[message.kind]
    report = ErrorReport(code=message.code, message=message.error)
    if message.kind is ErrorKind.ERROR:
        kind = kind_of(report) or kind
    code = message.code or message.kind
    return kind(
        ErrorText.KEY_ID_GIVEN if code == KEY_ID_CODE else ErrorText.SERVICE_SAYS,
        provider=PROVIDER,
        retry_after_s=message.retry_after_s,
        service_code=code,
        answer=code if message.error in {"", code} else f"{code}: {message.error}",
    )
