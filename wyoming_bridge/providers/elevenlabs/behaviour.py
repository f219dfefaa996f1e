"""How the local server emulates ElevenLabs where the service's documentation is not complete.

Each point on which the sources differ, or are not precise, is a setting. So clients can be tested
with each variant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...options import Declared, mapping_option, option
from .settings import MIN_COMMIT_MS

__all__ = ["ElevenLabsBehaviour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevenLabsBehaviour(Declared):
    """The settings of the emulated service. A limit of 0 means no limit."""

    auth_refusal: str = option(
        "message",
        choices=("message", "http"),
        doc="How the server refuses a wrong key: with `auth_error` on an open websocket "
        "(`message`), or with HTTP 401 (`http`).",
    )
    terms_accepted: bool = option(
        True, doc="Whether the terms are accepted. Otherwise sessions end with `unaccepted_terms`."
    )
    min_commit_s: float = option(
        MIN_COMMIT_MS / 1000,
        doc="Shortest audio of a commit. A shorter one ends the session with `commit_throttled`.",
        unit="s",
        minimum=0,
        maximum=10,
    )
    auto_commit_s: float = option(
        90.0,
        doc="Length of uncommitted audio after which the service commits by itself. 90 s is "
        "documented, about 35 s was observed.",
        unit="s",
        minimum=1,
        maximum=600,
    )
    idle_close_s: float = option(
        15.0,
        doc="Time without audio after which a session is closed, with code 1000 and no error. 0 "
        "for no limit.",
        unit="s",
        minimum=0,
        maximum=3600,
    )
    max_chunk_bytes: int = option(
        0,
        doc="Largest chunk of audio. A larger one ends the session with `chunk_size_exceeded`. 0 "
        "for no limit.",
        unit="bytes",
        minimum=0,
    )
    max_session_s: float = option(
        0.0,
        doc="Longest session. A longer one ends with `session_time_limit_exceeded`. 0 for no "
        "limit.",
        unit="s",
        minimum=0,
    )
    max_ahead_s: float = option(
        0.0,
        doc="Time by which the audio may be ahead of real time. A session further ahead ends with "
        "`queue_overflow`. 0 for no limit.",
        unit="s",
        minimum=0,
    )
    max_inactive_s: float = option(
        0.0,
        doc="Length of audio without speech after which the session ends with "
        "`insufficient_audio_activity`. 0 for no limit.",
        unit="s",
        minimum=0,
    )
    max_sessions: int = option(
        0,
        doc="Maximum number of open sessions. More are refused with HTTP 429. 0 for no limit.",
        minimum=0,
    )
    max_sessions_per_minute: int = option(
        0,
        doc="Maximum number of sessions that begin within a minute. More end with "
        "`rate_limited`. 0 for no limit.",
        minimum=0,
    )
    quota_s: float = option(
        0.0,
        doc="Total audio of all sessions after which sessions end with `quota_exceeded`. 0 for no "
        "limit.",
        unit="s",
        minimum=0,
    )
    region_mutes: bool = option(
        False,
        doc="Whether a language with a region, such as `en-US`, opens a session that accepts audio "
        "and never answers. This was observed.",
    )
    timed_first: bool = option(
        False,
        doc="Whether the transcript with times is sent before the one without. This was "
        "sometimes observed.",
    )
    settles: bool = option(
        False, doc="Whether a `final_transcript` is sent before each committed transcript."
    )
    zero_retention: bool = option(
        True,
        doc="Whether the account may use `enable_logging=false`. Otherwise the server answers with "
        "a `warning`.",
    )
    edits: Mapping[str, str] = mapping_option(
        doc="The edits of `transcript_edit`, in place of a language model: words, and the words "
        "that replace them. If empty, `transcript_edit` is refused."
    )
    entities: Mapping[str, str] = mapping_option(
        doc="The entities that are detected and redacted: words in lower case, and their type."
    )
    token_lifetime_s: float = option(
        900.0, doc="How long a single-use token is valid.", unit="s", minimum=1, maximum=86400
    )
