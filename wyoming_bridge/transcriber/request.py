"""What one utterance is for, and the options that a client can set for it."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from ..endpointing.settings import Endpointing

if TYPE_CHECKING:  # loaded only if a house is known
    from ..house import House

__all__ = [
    "DEFAULT_OPTIONS",
    "Purpose",
    "RequestOptions",
    "Understands",
    "Via",
    "log_label",
    "new_utterance_id",
]

Understands = Callable[[str], Awaitable[bool]]
"""A function that returns whether the receiver of a text would carry it out as a command."""


class Purpose(StrEnum):
    """The purpose of an utterance's sessions."""

    SPEECH = "speech"
    """To transcribe the audio that is fed."""
    STREAM = "stream"
    """To transcribe a stream that the service fetches itself."""
    PROBE = "probe"
    """To check whether the service accepts audio."""


class Via(StrEnum):
    """How a request reached the bridge."""

    WYOMING = "wyoming"
    """As events of the Wyoming protocol."""
    PAGE = "page"
    """From the microphone of a browser that shows the bridge's page."""
    HOME_ASSISTANT = "home_assistant"
    """From Home Assistant, in its own process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """The options of one utterance. The profile's setting applies if an option is absent."""

    language: str | None = None
    """The spoken language, ISO 639-1 with or without a region."""
    terms: tuple[str, ...] = ()
    """Names and terms to bias the recognition towards, the most important first."""
    endpointing: Endpointing | None = None
    """How the end of the utterance is found."""
    house: "House | None" = None
    """The house whose commands are spoken: the names of its devices, and its sentences."""
    understands: Understands | None = None
    """Returns whether the receiver of the transcript understands a text. The receiver may know more
    commands than the interpreter."""
    utterance_id: str | None = None
    """The id of the utterance, in the log and in the result; None for a new one."""
    client: str | None = None
    """The client: an address, or an entity of Home Assistant; None if it is not known."""

    via: Via | None = None
    """How the request reached the bridge; None if it was not a request of a client."""

    def identified(self) -> Self:
        """Return the options with an utterance id: the present one, or else a new one."""
        return self if self.utterance_id else replace(self, utterance_id=new_utterance_id())


DEFAULT_OPTIONS: Final = RequestOptions()
"""No options: the profile's settings apply."""


def new_utterance_id() -> str:
    """Return a random id of 8 hexadecimal digits, which tells utterances in a log apart."""
    return secrets.token_hex(4)


def log_label(profile: str, utterance_id: str | None) -> str:
    """Return how log lines about an utterance begin: with its profile and its id."""
    return f"profile {profile}, utterance {utterance_id}" if utterance_id else f"profile {profile}"
