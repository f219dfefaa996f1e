"""How the local server plays Scriptix where the service's text leaves it open."""

from dataclasses import dataclass

from ...options import Declared, option

__all__ = ["ScriptixBehaviour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptixBehaviour(Declared):
    """Limits that are 0 do not hold."""

    start_s: float = option(
        0.0,
        doc="How long the service takes to start after `initialize`; 0: it is always there.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    scale_down_s: float = option(
        0.0,
        doc="A service that takes time to start is scaled down after so long without sessions.",
        unit="s",
        minimum=0,
    )
    loading_s: float = option(
        0.0,
        doc="How long a model loads after `start`; only then is `loading` the first answer.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    connect_timeout_s: float = option(
        15.0,
        doc="A client that has not sent `start` by then is told of the timeout.",
        unit="s",
        minimum=0.1,
        maximum=600,
    )
    final_words: int = option(15, doc="A final is sent after so many words.", minimum=1)
    final_s: float = option(
        30.0, doc="A final is sent after so much audio.", unit="s", minimum=1, maximum=600
    )
    stream_silence_s: float = option(
        0.0, doc="So much audio of a stream without a word ends it.", unit="s", minimum=0
    )
    shutting_down_at: int = option(
        0, doc="Announce a shut-down for this time, in seconds since 1970.", unit="s", minimum=0
    )
    result_shape: str = option(
        "offset",
        choices=("offset", "older"),
        doc="`offset` as its pages say, or the older results that it has been seen to send.",
    )
    allowed_origins: tuple[str, ...] = option(
        (), doc="Web pages from which a browser may connect; none listed: all may."
    )
