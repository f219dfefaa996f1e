"""The error class for each known code of a service, and for words in the texts of errors."""

import re
from collections.abc import Mapping
from typing import Final

from ..errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)

__all__ = ["ERROR_CODES", "ERROR_WORDS", "KEY_ID_CODE"]

KEY_ID_CODE: Final = "api_key_id_used_as_api_key"
"""ElevenLabs' code for a request with the id of an API key in place of the key. Home Assistant's
ElevenLabs integration checks for it too."""

ERROR_CODES: Final[Mapping[str, type[RemoteError]]] = {
    code: kind
    for kind, codes in {
        AuthenticationError: "401 403 api_key_id_used_as_api_key auth_error auth_failed "
        "authentication_error authentication_failed authentication_required expired_token "
        "forbidden invalid_api_key invalid_credentials invalid_token missing_api_key missing_token "
        "token_expired unauthenticated unauthorized",
        QuotaError: "402 credit_limit_reached insufficient_credits insufficient_quota "
        "payment_required quota_exceeded",
        TermsError: "terms_not_accepted unaccepted_terms",
        RateLimitedError: "429 queue_overflow rate_limit_exceeded rate_limited resource_exhausted "
        "system_busy too_many_concurrent_requests too_many_requests",
        ServiceRequestError: "400 404 413 422 chunk_size_exceeded detected_unusual_activity "
        "input_error invalid_audio invalid_event invalid_json invalid_model "
        "invalid_query_parameter invalid_request missing_permissions model_load_error "
        "model_not_found model_not_validated not_found payload_too_large session_rejected "
        "session_update_error",
        ServiceError: "408 425 500 502 503 504 commit_throttled insufficient_audio_activity "
        "internal_error processing_error server_error service_unavailable session_expired "
        "session_time_limit_exceeded transcriber_error transcription_failed",
    }.items()
    for code in codes.split()
}
"""The error for each known code. The codes are from HTTP, from the services' pages and client
libraries, and from reports of users."""

_BAD: Final = "(invalid|bad|wrong|missing|expired|unknown|incorrect|revoked)"

_KEY: Final = "(api.?key|token|credential)"

_ABOUT_THE_TOKEN: Final = (
    r"unauthori[sz]ed|unauthenticated|not.auth(ori[sz]ed|enticated)"
    rf"|authentication.(required|failed)|{_BAD}.{{0,12}}(\bkey\b|{_KEY})"
    rf"|{_KEY}s?\b.{{0,20}}({_BAD}|required|not.valid)"
)

_ABOUT_CREDIT: Final = (
    r"quota|(no|out.of|not.enough|insufficient).(credit|fund|balance)|credit.limit"
    r"|payment.required"
)

ERROR_WORDS: Final[tuple[tuple[re.Pattern[str], type[RemoteError]], ...]] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"missing.permission|lacks?.permission|unusual.activity", ServiceRequestError),
        (_ABOUT_CREDIT, QuotaError),
        (r"rate.?limit|too.many|concurren|slow.down", RateLimitedError),
        (r"(accept|agree)\b.{0,20}\bterms\b", TermsError),
        (_ABOUT_THE_TOKEN, AuthenticationError),
    )
)
"""The error for a text that matches a pattern. The first pattern that matches counts."""
