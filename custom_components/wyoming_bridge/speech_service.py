"""What the integration needs from the service of an account."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from homeassistant.util.hass_dict import HassKey

from .bridge import (
    Backends,
    BridgeInfo,
    ConfigError,
    Endpointing,
    House,
    Observe,
    RequestOptions,
    Result,
    Revision,
    SessionStarted,
)
from .const import DOMAIN

BACKENDS: Final[HassKey[Backends]] = HassKey(DOMAIN)
"""The profiles of all accounts in one object, so that each profile can be a fallback of another."""

UNKNOWN_SERVER: Final = SessionStarted()
"""A server that has not answered yet. It is assumed to be the provider's own service."""

OUR_NAME: Final = "Wyoming Bridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The manufacturer and the model that the device of an entity shows."""

    manufacturer: str | None
    """None if it is unknown."""
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTerms:
    """The terms of a subentry that its service gets, and those that it does not get.

    The terms that people are most likely to say come first.
    """

    sent: Sequence[str]
    left_out: Sequence[str]


class SpeechService(Protocol):
    """The service of one account. Arguments name a subentry by its ID."""

    @property
    def bridge(self) -> BridgeInfo | None:
        """What a remote bridge says about itself; None for other accounts."""

    @property
    def server(self) -> SessionStarted:
        """What the server reported when the account was last checked, or ``UNKNOWN_SERVER``."""

    @property
    def invalid(self) -> Mapping[str, ConfigError]:
        """The subentries that ``async_start`` left out, each with its invalid setting."""

    @property
    def known_languages(self) -> Sequence[str]:
        """The languages of the service; empty for a remote bridge, whose profiles have their own.

        For the user's own server, they are those of its engine.
        """

    async def async_start(self) -> None:
        """Prepare the subentries of the account, except those with an invalid setting.

        Raises:
            BridgeError: A setting of the account is invalid, or the usage cannot be stored.
        """

    def stop(self) -> None:
        """Release what ``async_start`` has prepared."""

    def uses_house(self, subentry_id: str, endpointing: Endpointing | None) -> bool:
        """Return whether an utterance needs the house.

        ``endpointing`` replaces the subentry's own settings, unless it is None.
        """

    def prepare(self, house: House) -> None:
        """Begin to build the commands of a house that a subentry uses."""

    async def async_probe(self) -> None:
        """Check whether the account works, without sending audio.

        Raises:
            BridgeError: The account does not work.
        """

    async def async_refresh_languages(self) -> bool:
        """Ask the user's own server for its languages, and return whether they have changed.

        Do nothing if the account has no such server. A server that does not answer keeps its
        languages.
        """

    def missing_profiles(self) -> dict[str, str]:
        """Return the names of profiles that the bridge no longer has, by subentry ID."""

    def languages(self, subentry_id: str) -> list[str]:
        """Return the languages of assistants that can use the subentry, with and without regions.

        A subentry with a language of its own works in assistants of every language.
        """

    def requires_external_vad(self, subentry_id: str) -> bool:
        """Return whether the caller has to find the end of speech."""

    def transcribe(
        self,
        subentry_id: str,
        audio: AsyncIterable[bytes],
        options: RequestOptions,
        *,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result]:
        """Transcribe an utterance: yield revisions while it lasts, then one result.

        ``observe`` returns the observers of the utterance, such as a recorder. An account of a
        remote bridge ignores it.

        Raises:
            BridgeError: There is no result.
        """

    def sent_today_s(self, subentry_id: str) -> float:
        """Return the amount of audio sent today, in seconds."""

    def daily_limit_s(self, subentry_id: str) -> float | None:
        """Return how much audio may be sent per day, in seconds; None without a limit."""

    def takes_terms(self, subentry_id: str) -> bool:
        """Return whether the service can favour terms, as far as it is known."""

    def fitted(self, subentry_id: str, terms: Sequence[str]) -> FittedTerms | None:
        """Return which of the terms the service gets; None if that is not known yet."""

    def product(self, subentry_id: str) -> Product:
        """Return the manufacturer and the model that the device of the subentry shows."""
