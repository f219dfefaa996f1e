"""Starts a service that is scaled down: initialises it, and polls until it is ready.

According to the service's documentation, a start takes one to five minutes.
"""

from enum import StrEnum
from typing import Final

from ...errors import ErrorText, ProtocolViolationError, StartingError
from ...json_fields import JsonFields
from ..contract import HttpAnswer, HttpRequest
from ..refusals import refused_upgrade
from ..service_text import is_markup
from .settings import INITIALIZE_PATH, PROVIDER, STATUS_PATH, TOKEN_HEADERS, ScriptixSettings

__all__ = ["Readiness", "Starting"]

_POLL_S: Final = 5.0
"""The time between two requests. The documentation recommends 5 to 10 s."""

_MAX_POLLS: Final = 72
"""72 polls take six minutes, one minute more than the longest start in the documentation."""

_OK: Final = 200

_UNAVAILABLE: Final = 503
_AVAILABLE: Final = "available"
"""In another version of the documentation, the service says "available" instead of "ready". There,
a service that is not running answers with HTTP 503 and a status in the body."""


class Readiness(StrEnum):
    """The ``status`` of the service, from its documentation."""

    READY = "ready"
    SCALED_DOWN = "scaled_down"
    STARTING = "starting"


class Starting:
    """The requests of one session to the REST interface, without I/O."""

    def __init__(self, settings: ScriptixSettings) -> None:
        self._settings = settings
        self._initialized = False
        self._polls = 0

    def initialize(self) -> HttpRequest:
        """Return the request that starts the service."""
        self._initialized = True
        return self._request("POST", INITIALIZE_PATH)

    def status(self, *, delay_s: float = 0) -> HttpRequest:
        """Return the request for the status of the service."""
        return self._request("GET", STATUS_PATH, delay_s=delay_s)

    def read(self, answer: HttpAnswer) -> Readiness:
        """Return the status in the answer to a start or status request.

        An unknown status counts as starting.

        Raises:
            RemoteError: The request was refused, or the answer cannot be read.
        """
        if answer.status not in {_OK, _UNAVAILABLE} or is_markup(answer.body):
            raise refused_upgrade(answer, provider=PROVIDER)
        try:
            return _readiness(answer.body)
        except ProtocolViolationError as err:
            if answer.status == _UNAVAILABLE:  # of a proxy, or of a service that has failed
                raise refused_upgrade(answer, provider=PROVIDER) from err
            raise

    def next_request(self, readiness: Readiness) -> HttpRequest:
        """Return the next request to a service that is not ready.

        Raises:
            StartingError: The service has not started in time.
        """
        if readiness is Readiness.SCALED_DOWN and not self._initialized:
            return self.initialize()
        self._polls += 1
        if self._polls > _MAX_POLLS:
            raise StartingError(ErrorText.STILL_STARTING, provider=PROVIDER)
        return self.status(delay_s=_POLL_S)

    def _request(self, method: str, path: str, *, delay_s: float = 0) -> HttpRequest:
        url = f"{self._settings.rest_url}{path}"
        token = self._settings.token
        return HttpRequest(
            method=method,
            url=url,
            shown_url=url,
            headers={TOKEN_HEADERS[0]: token} if token else {},
            delay_s=delay_s,
        )


def _readiness(body: str) -> Readiness:
    fields = JsonFields.parse(body, provider=PROVIDER)
    if fields.flag("ready", default=False):
        return Readiness.READY
    status = fields.text("status")
    if status == _AVAILABLE:
        return Readiness.READY
    return Readiness(status) if status in set(Readiness) else Readiness.STARTING
