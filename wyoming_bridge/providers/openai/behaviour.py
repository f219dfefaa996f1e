"""How the local server emulates OpenAI and vLLM where their documentation is not complete."""

from dataclasses import dataclass

from ...options import Declared, option
from .service import CAPABILITIES

__all__ = ["OpenAIBehaviour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIBehaviour(Declared):
    """The settings of both emulated servers. A limit of 0 means no limit."""

    rate_hz: int = option(
        24_000,
        doc="Sample rate of `audio/pcm`. OpenAI accepts only 24 kHz. With 16000, a client that "
        "follows the server's first message does not need to convert its audio.",
        unit="Hz",
        minimum=8000,
        maximum=48_000,
    )
    agreeing_partials: int = option(
        2,
        doc="How many partial texts of the engine in a row must contain a word before it is sent "
        "as a delta. A delta cannot be taken back.",
        minimum=1,
        maximum=10,
    )
    min_commit_ms: int = option(
        CAPABILITIES.min_flush_ms,
        doc="Shortest audio of a commit. A shorter one is answered with "
        "`input_audio_buffer_commit_empty`. Not for vLLM.",
        unit="ms",
        minimum=0,
        maximum=10_000,
    )
    max_sessions: int = option(
        0,
        doc="Maximum number of open sessions. More are refused with HTTP 429. 0 for no limit.",
        minimum=0,
    )
    quota_s: float = option(
        0.0,
        doc="Total audio of all sessions after which sessions are refused with "
        "`insufficient_quota`. 0 for no limit.",
        unit="s",
        minimum=0,
    )
    token_lifetime_s: float = option(
        600.0,
        doc="How long a client secret is valid if the client requests no lifetime.",
        unit="s",
        minimum=10,
        maximum=7200,
    )
