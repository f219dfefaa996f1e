"""How the local server emulates Scriptix where the service's documentation is not complete."""

from dataclasses import dataclass

from ...options import Declared, option

__all__ = ["ScriptixBehaviour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptixBehaviour(Declared):
    """The settings of the emulated service. A limit of 0 means no limit."""

    start_s: float = option(
        0.0,
        doc="How long the service takes to start after `initialize`. 0 for a service that is "
        "always running.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    scale_down_s: float = option(
        0.0,
        doc="Time without sessions after which the service is scaled down, if `start_s` is set. 0 "
        "for never.",
        unit="s",
        minimum=0,
    )
    loading_s: float = option(
        0.0,
        doc="How long the model loads after `start`. If 0, the first message is `listening`, "
        "without `loading` before it.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    connect_timeout_s: float = option(
        15.0,
        doc="How long the server waits for `start` before it ends the session with an error.",
        unit="s",
        minimum=0.1,
        maximum=600,
    )
    final_words: int = option(
        15, doc="Number of words after which a final text is sent.", minimum=1
    )
    final_s: float = option(
        30.0,
        doc="Length of audio after which a final text is sent.",
        unit="s",
        minimum=1,
        maximum=600,
    )
    stream_silence_s: float = option(
        0.0,
        doc="Length of audio without words after which the server ends a stream. 0 for no limit.",
        unit="s",
        minimum=0,
    )
    shutting_down_at: int = option(
        0,
        doc="Time of the shut-down that the server announces, in seconds since 1970. 0 for no "
        "announcement.",
        unit="s",
        minimum=0,
    )
    result_shape: str = option(
        "offset",
        choices=("offset", "older"),
        doc="Format of the results: `offset` is documented, `older` was observed.",
    )
    allowed_origins: tuple[str, ...] = option(
        (),
        doc="Origins of the web pages that may connect. If empty, every web page that the server "
        "admits may connect.",
    )
