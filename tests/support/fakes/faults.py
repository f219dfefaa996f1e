"""The faults that a test can give to a fake."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Alter", "Close", "Faults", "Json", "Outage", "Refusal"]

Json = dict[str, object]
"""A message as a JSON object."""

Alter = Callable[[Json], Sequence[object]]
"""Returns the messages to send in place of one message of the service. Text and bytes are sent
unchanged, other values as JSON."""


class Outage(Enum):
    """The ways in which a service can be down."""

    REFUSED = "refused"
    """The port refuses connections. Open connections are reset."""
    RESET = "reset"
    """Each connection is reset as soon as it is made. Open connections are reset."""
    BLACK_HOLE = "black hole"
    """Connections succeed, but get no answer. Open connections get no more messages, and are reset
    when the outage ends."""
    DEAF = "deaf host"
    """The host does not answer at all, so no connection succeeds. Open connections get no more
    messages, and are reset when the outage ends."""
    UNAVAILABLE = "unavailable"
    """Each upgrade is answered with HTTP 503. Open connections are reset."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An HTTP answer to an upgrade."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Close:
    """A close frame. If ``code`` is None, the connection is reset without a close frame."""

    code: int | None = 1000
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Faults:
    """The faults of a connection. By default there are no faults."""

    at_connect: Outage | None = None
    refusal: Refusal | None = None
    upgrade_delay_s: float = 0
    first_message_delay_s: float = 0
    final_delay_s: float = 0
    """Delay of each message for which ``Session.is_answer`` is true, in seconds."""
    drop_after_ms: int | None = None
    """``drop`` happens after this amount of audio, in ms."""
    drop_after_finals: int | None = None
    """``drop`` happens after this number of messages for which ``Session.is_final`` is true."""
    drop: Close = field(default_factory=lambda: Close(code=None))
    alter: Alter | None = None
    answers_pings: bool = True
