"""The lines in the log about a session: its states, warnings and unknown messages."""

import logging

from ..errors import one_line
from ..events import SessionEvent, State, StateChanged, Unrecognised, Warned

__all__ = ["log_event"]

_log = logging.getLogger(__name__)


def log_event(event: SessionEvent, *, provider: str) -> None:
    """Log an event of a session with a provider, if it is worth a line."""
    match event:
        case StateChanged(state=State.STARTING):
            _log.info("%s is starting, which can take minutes", provider)
        case StateChanged(state=state):
            _log.debug("%s is %s", provider, state)
        case Warned(text=text, is_about_settings=is_about_settings):
            # A text about settings is repeated in every session, so it is not logged as a warning.
            level = logging.INFO if is_about_settings else logging.WARNING
            _log.log(level, "%s: %s", provider, one_line(text))
        case Unrecognised(kind=kind):
            _log.debug("%s sent a message of unknown type %r", provider, kind)
        case _:
            pass
