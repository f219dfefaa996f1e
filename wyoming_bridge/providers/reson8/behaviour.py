"""How the local server emulates Reson8 where the service's documentation is not complete."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...options import Declared, mapping_option, option

__all__ = ["Reson8Behaviour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reson8Behaviour(Declared):
    """The settings of the emulated service. A limit of 0 means no limit."""

    models: Mapping[str, tuple[str, ...]] = mapping_option(
        doc="Custom models: the id of each model, and the phrases that it favours."
    )
    segment_silence_s: float = option(
        1.0,
        doc="Silence after speech that ends a segment. Its final text is sent without a request. "
        "If 0, silence ends no segment. In sessions with turns: silence that ends a turn.",
        unit="s",
        minimum=0,
        maximum=10,
    )
    max_segment_s: float = option(
        30.0,
        doc="Length of a segment after which its final text is sent without a request. 0 for no "
        "limit.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    max_sessions: int = option(
        0,
        doc="Maximum number of open sessions. More are refused with HTTP 429. 0 for no limit.",
        minimum=0,
    )
    quota_s: float = option(
        0.0,
        doc="Total audio of all sessions after which sessions are refused with HTTP 402. 0 for no "
        "limit.",
        unit="s",
        minimum=0,
    )
    token_lifetime_s: float = option(
        600.0, doc="How long an access token is valid.", unit="s", minimum=1, maximum=86400
    )
