"""How a service that is scaled down is started: initialise, then ask until it is ready.

Its documentation says that this takes one to five minutes.
"""

from enum import StrEnum
from typing import Final

from ...errors import ProtocolViolationError, StartingError
from ...json_fields import JsonFields
from ..base import refused_upgrade
from ..contract import HttpAnswer, HttpRequest
from .settings import INITIALIZE_PATH, PROVIDER, STATUS_PATH, TOKEN_HEADERS, ScriptixSettings

__all__ = ["Readiness", "Starting"]

_POLL_S: Final = 5.0
"""The documentation's advice is 5 to 10 s."""

_MAX_POLLS: Final = 72
"""Six minutes: a minute more than a start is said to take."""

_OK: Final = 200

_UNAVAILABLE: Final = 503
_AVAILABLE: Final = "available"
"""Another version of the documentation has these: the one for a service that is down, with a
status in its body all the same, the other in the place of ``ready``."""


class Readiness(StrEnum):
    """``status`` of the service. From its documentation."""

    READY = "ready"
    SCALED_DOWN = "scaled_down"
    STARTING = "starting"


class Starting:
    """One session's questions to the REST interface, without I/O."""

    def __init__(self, settings: ScriptixSettings) -> None:
        self._settings = settings
        self._initialized = False
        self._polls = 0

    def initialize(self) -> HttpRequest:
        """Have the service started."""
        self._initialized = True
        return self._request("POST", INITIALIZE_PATH)

    def status(self, *, delay_s: float = 0) -> HttpRequest:
        """Ask how it is."""
        return self._request("GET", STATUS_PATH, delay_s=delay_s)

    def read(self, answer: HttpAnswer) -> Readiness:
        """What an answer to either says; a status that is not known is not ready.

        Raises:
            RemoteError: It was refused, or cannot be read.
        """
        if answer.status not in {_OK, _UNAVAILABLE}:
            raise refused_upgrade(provider=PROVIDER, status=answer.status, detail="")
        fields = JsonFields.parse(answer.body, provider=PROVIDER)
        if fields.flag("ready", default=False):
            return Readiness.READY
        status = fields.optional_text("status")
        if status is None:
            raise ProtocolViolationError("an answer has no status", provider=PROVIDER)
        if status == _AVAILABLE:
            return Readiness.READY
        return Readiness(status) if status in set(Readiness) else Readiness.STARTING

    def next_request(self, readiness: Readiness) -> HttpRequest:
        """What to ask a service that is not ready.

        Raises:
            StartingError: It was asked long enough.
        """
        if readiness is Readiness.SCALED_DOWN and not self._initialized:
            return self.initialize()
        self._polls += 1
        if self._polls > _MAX_POLLS:
            raise StartingError("the service is still starting", provider=PROVIDER)
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
