"""How the local server plays Reson8 where the service's text leaves it open."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...options import Declared, mapping_option, option

__all__ = ["Reson8Behaviour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reson8Behaviour(Declared):
    """Limits that are 0 do not hold."""

    models: Mapping[str, tuple[str, ...]] = mapping_option(
        doc="Custom models by id: the phrases that they bias towards."
    )
    segment_silence_s: float = option(
        1.0,
        doc="A final is sent after so much silence behind speech, without being asked for.",
        unit="s",
        minimum=0,
        maximum=10,
    )
    max_segment_s: float = option(
        30.0, doc="A final is sent after so much audio.", unit="s", minimum=0, maximum=600
    )
    max_sessions: int = option(0, doc="More sessions at once are refused with HTTP 429.", minimum=0)
    quota_s: float = option(
        0.0,
        doc="After so much audio, of all sessions, HTTP 402 is the answer.",
        unit="s",
        minimum=0,
    )
    token_lifetime_s: float = option(
        600.0, doc="How long an access token is good.", unit="s", minimum=1, maximum=86400
    )
