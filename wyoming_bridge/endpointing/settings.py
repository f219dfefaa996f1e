"""The settings for finding the end of an utterance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import ClassVar, Final, Self

from ..errors import ConfigError, ErrorText
from ..options import Declared, option

__all__ = [
    "MAX_SILENCE_MS",
    "MIN_SILENCE_MS",
    "RECORDING",
    "ConnectPolicy",
    "EndpointSource",
    "Endpointing",
]


class EndpointSource(StrEnum):
    """What ends an utterance, besides the end of the client's audio and ``max_utterance_s``."""

    RACE = "race"
    """The bridge's detector or the service, whichever is first."""
    PROVIDER = "provider"
    """The service, with its own voice activity detection."""
    CLIENT = "client"
    """Nothing else: neither the bridge nor the service ends the utterance."""


class ConnectPolicy(StrEnum):
    """When the session with the service is opened."""

    AT_START = "at_start"
    """With the first audio, so that the handshake happens during the speech."""
    ON_SPEECH = "on_speech"
    """When speech begins, so that silence costs nothing."""


_Values = Mapping[str, Sequence[str | bool]]

_BRIDGE_ENDS: Final[_Values] = {"source": (EndpointSource.RACE.value,)}
_NOT_ONLY_THE_CLIENT_ENDS: Final[_Values] = {
    "source": (EndpointSource.RACE.value, EndpointSource.PROVIDER.value)
}
_COMMANDS_END: Final[_Values] = {**_BRIDGE_ENDS, "commands_end_early": (True,)}

MIN_SILENCE_MS: Final = 100
MAX_SILENCE_MS: Final = 5000
"""The range of a silence that ends an utterance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpointing(Declared):
    """How the end of an utterance is found."""

    source: str = option(
        EndpointSource.RACE.value,
        choices=tuple(EndpointSource),
        doc="What ends an utterance: the bridge or the service, whichever is first (`race`), the "
        "service (`provider`), or the client alone (`client`).",
    )
    silence_ms: int = option(
        600,
        doc="Silence that ends an utterance. If the text is a command of the house or the "
        "beginning of one, the silences below apply instead.",
        unit="ms",
        minimum=MIN_SILENCE_MS,
        maximum=MAX_SILENCE_MS,
        used_if=_NOT_ONLY_THE_CLIENT_ENDS,
    )
    commands_end_early: bool = option(
        True,
        doc="Whether the house's commands decide how long a pause may be: `complete_silence_ms`, "
        "`extendable_silence_ms` and `unfinished_silence_ms`. This has an effect only with `race`, "
        "and only if the house is known.",
        used_if=_BRIDGE_ENDS,
    )
    complete_silence_ms: int = option(
        250,
        doc="Silence that ends a complete command, such as *turn on the kitchen lights*.",
        unit="ms",
        minimum=MIN_SILENCE_MS,
        maximum=MAX_SILENCE_MS,
        used_if=_COMMANDS_END,
    )
    extendable_silence_ms: int = option(
        400,
        doc="Silence that ends a command to which words can be added, such as *turn on the "
        "lights* (*in the kitchen*).",
        unit="ms",
        minimum=MIN_SILENCE_MS,
        maximum=MAX_SILENCE_MS,
        used_if=_COMMANDS_END,
    )
    unfinished_silence_ms: int = option(
        1500,
        doc="Silence that ends the beginning of a command, such as *turn on the*.",
        unit="ms",
        minimum=MIN_SILENCE_MS,
        maximum=MAX_SILENCE_MS,
        used_if=_COMMANDS_END,
    )
    min_speech_ms: int = option(
        80, doc="Shorter sounds do not count as speech.", unit="ms", minimum=10, maximum=2000
    )
    speech_threshold: float = option(
        0.5,
        doc="Lowest probability of speech at which audio counts as speech.",
        minimum=0.1,
        maximum=0.9,
    )
    speculate_ms: int = option(
        200,
        doc="Silence after which the bridge requests the final text, while it goes on listening. "
        "With 0, the bridge requests no text before the end.",
        unit="ms",
        minimum=0,
        maximum=MAX_SILENCE_MS,
        needs="flush",
    )
    no_speech_timeout_s: float = option(
        8.0,
        doc="Time without speech after which the utterance ends with an empty text. Has no effect "
        "with `client`.",
        unit="s",
        minimum=1,
        maximum=60,
        used_if=_NOT_ONLY_THE_CLIENT_ENDS,
    )
    max_utterance_s: float = option(
        30.0,
        doc="Length at which an utterance ends. A client may ask for less, but not for more.",
        unit="s",
        minimum=1,
        maximum=3600,
    )
    connect: str = option(
        ConnectPolicy.AT_START.value,
        choices=tuple(ConnectPolicy),
        doc="When the session is opened: with the first audio (`at_start`), or when speech begins "
        "(`on_speech`). With `on_speech`, the half second before the speech is sent too.",
    )

    renamed: ClassVar[Mapping[str, str]] = {"endpointing": "source", "open": "connect"}
    """The former names of settings, and the names that replaced them."""

    def __post_init__(self) -> None:
        """Refuse values that are out of range, and values that contradict each other.

        If ``speculate_ms`` or ``no_speech_timeout_s`` has its default, it may be longer than the
        time that ends the utterance. Then it has no effect.

        Raises:
            ConfigError: A value is invalid. The message names the setting and the allowed values.
        """
        Declared.__post_init__(self)  # super() fails, because ``slots`` makes a second class
        if self.source != EndpointSource.CLIENT:
            if self.speculate_ms >= self.silence_ms and self._is_chosen("speculate_ms"):
                raise self._conflict(
                    ErrorText.SPECULATES_TOO_LATE, "speculate_ms", than="silence_ms"
                )
            if self.no_speech_timeout_s > self.max_utterance_s and self._is_chosen(
                "no_speech_timeout_s"
            ):
                raise self._conflict(
                    ErrorText.WAITS_TOO_LONG, "no_speech_timeout_s", than="max_utterance_s"
                )
        if self.commands_end_early:
            if self.complete_silence_ms > self.extendable_silence_ms:
                raise self._conflict(
                    ErrorText.LONGER_THAN_EXTENDABLE,
                    "complete_silence_ms",
                    than="extendable_silence_ms",
                )
            if self.extendable_silence_ms > self.unfinished_silence_ms:
                raise self._conflict(
                    ErrorText.LONGER_THAN_UNFINISHED,
                    "extendable_silence_ms",
                    than="unfinished_silence_ms",
                )

    def _is_chosen(self, name: str) -> bool:
        """Return whether a value is not the default."""
        default: object = next(each.default for each in fields(self) if each.name == name)
        chosen: object = getattr(self, name)
        return chosen != default

    def _conflict(self, text: ErrorText, name: str, *, than: str) -> ConfigError:
        value, limit = getattr(self, name), getattr(self, than)
        return ConfigError(text, setting=name, value=f"{value:g}", limit=f"{limit:g}")

    def speculate_ms_before(self, silence_ms: int) -> int:
        """Return ``speculate_ms``, or half of ``silence_ms`` if ``speculate_ms`` is not shorter."""
        return self.speculate_ms if self.speculate_ms < silence_ms else silence_ms // 2

    @property
    def asks_the_house(self) -> bool:
        """Whether the house's commands decide how long a pause may be."""
        return self.commands_end_early and self.source == EndpointSource.RACE

    def with_early_text(self) -> Self:
        """Return the settings that request the final text in time for ``complete_silence_ms``."""
        if not self.asks_the_house:
            return self
        in_time_ms = max(MIN_SILENCE_MS, self.complete_silence_ms // 2)
        settings = replace(self, speculate_ms=self.speculate_ms_before(self.silence_ms))
        return replace(settings, speculate_ms=min(settings.speculate_ms, in_time_ms))

    def with_bridge_vad(self) -> Self:
        """Return the settings for a fallback whose service does not find the end of speech.

        If the settings let only the service end utterances, the returned ones let the bridge's
        detector end them too.
        """
        if self.source != EndpointSource.PROVIDER:
            return self
        return replace(self, source=EndpointSource.RACE.value)

    def needs_detector(self, *, provider_ends_turns: bool) -> bool:
        """Return whether the bridge must look for speech itself.

        ``provider_ends_turns`` says whether the service finds the end of speech itself.
        """
        return (
            self.source == EndpointSource.RACE
            or (self.source == EndpointSource.PROVIDER and not provider_ends_turns)
            or self.speculate_ms > 0
            or self.connect == ConnectPolicy.ON_SPEECH
        )


RECORDING: Final = Endpointing(
    source=EndpointSource.CLIENT.value,
    speculate_ms=0,
    max_utterance_s=3600,
    connect=ConnectPolicy.AT_START.value,
)
"""The settings for audio that has an end of its own, such as a file. An utterance ends with the
audio, or after an hour."""
