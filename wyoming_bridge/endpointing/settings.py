"""Who ends an utterance, and the settings of how that is found."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Final, Self

from ..errors import ConfigError, RequestError
from ..options import Declared, option

__all__ = ["RECORDING", "ConnectPolicy", "EndpointSource", "Endpointing", "Sensitivity"]


class EndpointSource(StrEnum):
    """Who ends an utterance. The end of the client's audio always does."""

    RACE = "race"
    """The bridge's own detector or the service's, whichever is first."""
    PROVIDER = "provider"
    """The service, by voice activity detection of its own."""
    CLIENT = "client"
    """Nobody else than the client."""


class ConnectPolicy(StrEnum):
    """When the session with the service is opened."""

    AT_START = "at_start"
    """With the first audio: the handshake hides behind speech."""
    ON_SPEECH = "on_speech"
    """When somebody speaks: silence costs nothing."""


class Sensitivity(StrEnum):
    """How soon silence counts as the end; Wyoming's words for it."""

    AGGRESSIVE = "aggressive"
    DEFAULT = "default"
    RELAXED = "relaxed"


_SHARE_OF_SILENCE: Final = {
    Sensitivity.AGGRESSIVE: 0.5,
    Sensitivity.DEFAULT: 1.0,
    Sensitivity.RELAXED: 2.0,
}
"""Home Assistant's own are 0.36 and 1.8 times its default of 0.7 s. From a default of 0.6 s half
is what a quick speaker's pauses stay below."""

_SHORTEST_MS: Final = 100
_LONGEST_MS: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpointing(Declared):
    """How the end of an utterance is found."""

    endpointing: str = option(
        EndpointSource.RACE.value,
        choices=tuple(EndpointSource),
        doc="Who ends an utterance: the bridge or the service, whichever is first (`race`), the "
        "service (`provider`), or the client alone (`client`).",
    )
    silence_ms: int = option(
        600,
        doc="Silence that ends an utterance.",
        unit="ms",
        minimum=_SHORTEST_MS,
        maximum=_LONGEST_MS,
    )
    min_speech_ms: int = option(
        80, doc="Speech that is shorter is none.", unit="ms", minimum=10, maximum=2000
    )
    speech_threshold: float = option(
        0.5, doc="Probability from which audio counts as speech.", minimum=0.1, maximum=0.9
    )
    speculate_ms: int = option(
        200,
        doc="Silence after which the service is asked for its final, while the bridge goes on "
        "listening; 0 for never.",
        unit="ms",
        minimum=0,
        maximum=_LONGEST_MS,
    )
    no_speech_timeout_s: float = option(
        8.0,
        doc="How long nobody may speak before the utterance ends empty; not with `client`.",
        unit="s",
        minimum=1,
        maximum=60,
    )
    max_utterance_s: float = option(
        30.0, doc="Audio after which an utterance ends.", unit="s", minimum=1, maximum=3600
    )
    open: str = option(
        ConnectPolicy.AT_START.value,
        choices=tuple(ConnectPolicy),
        doc="When the session is opened: with the first audio, or when somebody speaks; the half "
        "second before is sent too.",
    )

    def with_sensitivity(self, sensitivity: Sensitivity) -> Self:
        """The silence as a client asks for it, by a word."""
        options = round(self.silence_ms * _SHARE_OF_SILENCE[sensitivity])
        return replace(self, silence_ms=min(_LONGEST_MS, max(_SHORTEST_MS, options)))

    def with_values(self, values: Mapping[str, object]) -> Self:
        """The settings as a client asks for them, one by one.

        Raises:
            RequestError: One is not known, or not possible; the message says what is.
        """
        kinds = {each.name: type(getattr(self, each.name)) for each in fields(self)}
        for name, value in values.items():
            if name not in kinds:
                allowed = ", ".join(kinds)
                raise RequestError(f"{name} is no setting of the endpoint; there are {allowed}")
            kind = (int, float) if kinds[name] is float else kinds[name]
            if not isinstance(value, kind) or isinstance(value, bool):
                raise RequestError(f"{name}: {value!r} is not of its type")
        make: Callable[..., Self] = type(self)
        try:
            return make(**{**asdict(self), **values})
        except ConfigError as err:
            raise RequestError(err.message) from err

    def with_bridge_vad(self) -> Self:
        """The same where the service need not find the end: it stands in for one that does."""
        return (
            replace(self, endpointing=EndpointSource.RACE)
            if self.who is EndpointSource.PROVIDER
            else self
        )

    @property
    def who(self) -> EndpointSource:
        """Who ends an utterance."""
        return EndpointSource(self.endpointing)

    def needs_detector(self, *, provider_ends_turns: bool) -> bool:
        """Whether the bridge has to listen for speech: the service may find its end itself."""
        return (
            self.who is EndpointSource.RACE
            or (self.who is EndpointSource.PROVIDER and not provider_ends_turns)
            or self.speculate_ms > 0
            or self.open == ConnectPolicy.ON_SPEECH
        )


RECORDING: Final = Endpointing(
    endpointing=EndpointSource.CLIENT.value,
    speculate_ms=0,
    max_utterance_s=3600,
    open=ConnectPolicy.AT_START.value,
)
"""Nobody waits for the end of a recording: it is heard as a whole, at the service's best."""
