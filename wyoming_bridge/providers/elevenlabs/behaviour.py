"""How the local server plays ElevenLabs where the service's text leaves it open.

What is known to differ, or known by name only, can be set, so that a client can be tried with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...options import Declared, mapping_option, option
from .settings import MIN_COMMIT_MS

__all__ = ["ElevenLabsBehaviour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevenLabsBehaviour(Declared):
    """Limits that are 0 do not hold."""

    auth_refusal: str = option(
        "message",
        choices=("message", "http"),
        doc="How a wrong key is answered: with `auth_error` on an open socket, or with HTTP 401.",
    )
    terms_accepted: bool = option(True, doc="False answers each session with `unaccepted_terms`.")
    min_commit_s: float = option(
        MIN_COMMIT_MS / 1000,
        doc="A commit of less audio is answered with `commit_throttled` and the end.",
        unit="s",
        minimum=0,
        maximum=10,
    )
    auto_commit_s: float = option(
        90.0,
        doc="The service commits by itself after so much audio; 90 is documented, about 35 was "
        "observed.",
        unit="s",
        minimum=1,
        maximum=600,
    )
    idle_close_s: float = option(
        15.0,
        doc="A session without audio for so long is closed, with code 1000 and no error.",
        unit="s",
        minimum=0,
        maximum=3600,
    )
    max_chunk_bytes: int = option(
        0, doc="A larger chunk is answered with `chunk_size_exceeded`.", unit="bytes", minimum=0
    )
    max_session_s: float = option(
        0.0,
        doc="A longer session is ended with `session_time_limit_exceeded`.",
        unit="s",
        minimum=0,
    )
    max_ahead_s: float = option(
        0.0,
        doc="Audio that is so much faster than speech is answered with `queue_overflow`.",
        unit="s",
        minimum=0,
    )
    max_inactive_s: float = option(
        0.0,
        doc="So much audio without speech is answered with `insufficient_audio_activity`.",
        unit="s",
        minimum=0,
    )
    max_sessions: int = option(0, doc="More sessions at once are refused with HTTP 429.", minimum=0)
    max_sessions_per_minute: int = option(
        0, doc="More of them are answered with `rate_limited`.", minimum=0
    )
    quota_s: float = option(
        0.0,
        doc="After so much audio, of all sessions, `quota_exceeded` is the answer.",
        unit="s",
        minimum=0,
    )
    region_mutes: bool = option(
        False,
        doc="Whether a language with a region, such as `en-US`, opens a session that takes audio "
        "and never answers, as was observed.",
    )
    twins_reversed: bool = option(
        False, doc="Whether the timed transcript comes before the plain one, as was seen at times."
    )
    settles: bool = option(
        False, doc="Whether a `final_transcript` comes before each committed one."
    )
    zero_retention: bool = option(
        True, doc="Whether `enable_logging=false` is granted; otherwise a `warning` says no."
    )
    edits: Mapping[str, str] = mapping_option(
        doc="What `transcript_edit` does, as there is no language model: words, and what takes "
        "their place. Without any it is refused."
    )
    entities: Mapping[str, str] = mapping_option(
        doc="What is detected and redacted: words in lower case, and the type that they are of."
    )
    token_lifetime_s: float = option(
        900.0, doc="How long a single-use token is good.", unit="s", minimum=1, maximum=86400
    )
