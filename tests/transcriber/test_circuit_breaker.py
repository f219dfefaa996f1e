"""After an error that a person must fix, a profile is not tried again for a while."""

import pytest

from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    ConnectError,
    ConnectionLostError,
    QuotaError,
    RateLimitedError,
    ServiceRequestError,
    TermsError,
)
from wyoming_bridge.transcriber.circuit_breaker import PAUSE_S, CircuitBreaker


@pytest.mark.parametrize("error", [AuthenticationError, QuotaError, TermsError])
def test_an_error_that_a_person_must_fix_is_remembered_for_a_while(
    error: type[BridgeError],
) -> None:
    circuit_breaker = CircuitBreaker()
    circuit_breaker.failed(error("no", provider="reson8", status="401"), now=100)

    with pytest.raises(error, match="tried again in 50 s") as caught:
        circuit_breaker.check(now=100 + PAUSE_S - 50)
    assert caught.value.provider == "reson8"
    assert caught.value.placeholders == {"status": "401"}
    circuit_breaker.check(now=100 + PAUSE_S)
    circuit_breaker.check(now=101 + PAUSE_S)


@pytest.mark.parametrize(
    "error", [ConnectError, ConnectionLostError, RateLimitedError, ServiceRequestError]
)
def test_a_temporary_error_is_not_remembered(error: type[BridgeError]) -> None:
    circuit_breaker = CircuitBreaker()
    circuit_breaker.failed(error("no"), now=100)

    circuit_breaker.check(now=100)
