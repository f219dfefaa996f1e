"""How the service ends a session with an error: the message, and the close of the websocket."""

from typing import Final

from ...contract import CloseCode
from ...server_base import RefusedSession
from ...serving import Close
from .. import messages as wire
from ..messages import ErrorKind

__all__ = ["closing", "refused"]

_CLOSES_NORMALLY: Final = frozenset({ErrorKind.AUTH_ERROR, ErrorKind.COMMIT_THROTTLED})
"""The errors after which ``NORMAL_CLOSURE`` was observed.

``POLICY_VIOLATION`` was observed after ``invalid_request``. The code after the other errors is
mostly unknown, so the server uses ``POLICY_VIOLATION`` for all of them.
"""


def refused(kind: ErrorKind, error: str) -> RefusedSession:
    """Return a refused session: the service accepts the websocket, and then sends the error."""
    message = wire.ErrorMessage(kind=kind, error=error)
    return RefusedSession(message.to_json(), close=closing(kind))


def closing(kind: ErrorKind) -> Close:
    """Return how the websocket is closed after an error."""
    normal = kind in _CLOSES_NORMALLY
    code = CloseCode.NORMAL_CLOSURE if normal else CloseCode.POLICY_VIOLATION
    return Close(code=code, reason=kind)
