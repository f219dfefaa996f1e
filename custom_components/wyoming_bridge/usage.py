"""Counts the utterances of an entity, and logs each of its errors once."""

import logging
from collections import Counter
from dataclasses import dataclass, field

from .bridge import BridgeError
from .const import LOGGER


@dataclass(slots=True)
class Usage:
    """The counters of one subentry since the account was loaded."""

    utterances: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    """How often each error occurred, by its code."""
    last_utterance_id: str | None = None
    """The id of the last utterance. The recording of the utterance has the same id."""
    last_error: str | None = None
    """The code of the last error."""
    last_error_utterance_id: str | None = None
    """The id of the utterance with the last error."""
    response_ms: float | None = None
    """Time from the end of speech to the text of the last utterance, in ms."""
    logged: set[str] = field(default_factory=set)
    """The codes of the errors that were logged since the last successful utterance."""

    def count(self, utterance_id: str | None) -> None:
        """Count an utterance, whether it succeeded or not."""
        self.utterances += 1
        self.last_utterance_id = utterance_id

    def count_error(self, error: BridgeError, *, utterance_id: str | None) -> None:
        """Count an error of an utterance."""
        self.errors[error.code] += 1
        self.last_error = error.code
        self.last_error_utterance_id = utterance_id

    def log(
        self,
        title: str,
        error: BridgeError,
        *,
        utterance_id: str | None,
        level: int = logging.WARNING,
    ) -> None:
        """Log an error, unless it was already logged since the last successful utterance.

        ``title`` is the name of the entity.
        """
        if error.code not in self.logged:
            self.logged.add(error.code)
            LOGGER.log(level, "%s, utterance %s: %s", title, utterance_id, error.with_advice)
