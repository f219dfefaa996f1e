"""The keys of a profile in a configuration file."""

from dataclasses import dataclass

from ..house import RepairMode
from ..options import number_of, option
from ..providers.registry import ProviderName
from ..transcriber import Limits, TextStyle
from .values import LOCAL

__all__ = ["ProfileOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOptions:
    """The keys of a profile that do not depend on its provider."""

    provider: str = option(
        "", choices=(LOCAL, *ProviderName), doc="Service that transcribes. Required."
    )
    listen: str | None = option(
        None,
        doc="Additional address that offers only this profile. Home Assistant's own Wyoming "
        "integration uses only the first profile of an address.",
    )
    connect_timeout_s: float = number_of(Limits, "ready_s")
    final_timeout_s: float = number_of(Limits, "final_s")
    answer_timeout_s: float = number_of(Limits, "answer_s")
    total_timeout_s: float = number_of(Limits, "total_s")
    audio_timeout_s: float = number_of(Limits, "idle_s")
    fallback: tuple[str, ...] = option(
        (), doc="Profiles that also transcribe an utterance, in this order, if this one fails."
    )
    max_seconds_per_day: float | None = option(
        None,
        doc="Limit of the audio that is sent to the service per day. After that, `fallback` is "
        "used, or the error is `budget_exceeded`. The utterance that reaches the limit is "
        "finished.",
        unit="s",
        minimum=0,
    )
    price_per_hour: float | None = option(
        None,
        doc="What the service costs for an hour of audio, in any currency. `compare` shows what a "
        "profile costs.",
        minimum=0,
    )
    text: str = option(
        TextStyle.AS_IS.value,
        choices=tuple(TextStyle),
        doc="Style of the transcript: unchanged (`as_is`), or without sound tags, double spaces "
        "and punctuation at the end (`commands`).",
    )

    repair: str | None = option(
        None,
        choices=tuple(RepairMode),
        doc="Whether a transcript is replaced by the command of the house that sounds like it: "
        "never (`off`), if there is little doubt (`careful`), or also if it only sounds similar "
        "(`on`). The log and the details of the result still contain the original text. Nothing is "
        "replaced if no house is known. Default: `careful` for `local`, `off` for services.",
    )
