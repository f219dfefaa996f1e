"""Speaches: an engine that does not stream, with an early version of the protocol.

The facts are from runs of Speaches' own code, revision 870e1e1 of 2026-03-26:

- ``session.update`` has an effect only in its old, flat form, in which the settings are not inside
  the object ``audio``. The server answers all other forms with ``session.updated`` too, but ignores
  them.
- The server's voice activity detection cannot be turned off. A commit while the detection hears
  speech breaks the connection. With a threshold of 1.0 the detection never hears speech.
- All five fields of ``turn_detection`` are required. The server reports an error about one of these
  fields. This error can be ignored.
- The texts of two commits may arrive in any order.
- An error has neither a code nor the id of the message that caused it.

These facts are from reading the code of revision 9aca787, which was not run:

- The detection examines the last 3 s of the audio after each append. Each append causes at most one
  of the messages that speech has started or stopped.
- The messages of a client are handled in order, so an answer to ``session.update`` follows the
  messages about speech in the audio before it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ....capabilities import Capabilities
from ..messages import ErrorMessage, Greeting
from ..protocol import pcm
from ..service import CAPABILITIES
from ..settings import OpenAISettings
from .committing import CommittingDialect
from .dialect import Session

__all__ = ["SpeachesDialect", "speaches_capabilities"]

_RATE_HZ: Final = 24_000

_MIN_COMMIT_MS: Final = 100

_DEAF_THRESHOLD: Final = 1.0
"""A threshold that the detection's probability of speech never exceeds."""

_SILENCE_MS: Final = 550
"""The server's default."""

_WINDOW_MS: Final = 3000
"""The length of the audio that the detection examines. After as much silence, there is no speech in
the window."""

_HARMLESS_WORDS: Final = ("Specifying", "not supported")


class SpeachesDialect(CommittingDialect):
    """The flat form of the protocol. If the bridge ends segments, the detection hears no speech."""

    min_commit_ms = _MIN_COMMIT_MS
    takes_every_commit = False
    turn_end_margin_ms = _WINDOW_MS
    confirms_update = True
    names_causes = False

    def __init__(self, session: Session, settings: OpenAISettings, greeting: Greeting) -> None:
        super().__init__(session, settings, audio_format=pcm(_RATE_HZ))

    def configuration(self) -> Mapping[str, object]:
        """Return the flat session object."""
        settings, ends_turns = self._settings, self._settings.ends_turns
        language = settings.base_language
        return {
            "input_audio_transcription": {
                "model": settings.model,
                **({"language": language} if language else {}),
            },
            "turn_detection": {
                "type": "server_vad",
                "threshold": settings.vad_threshold if ends_turns else _DEAF_THRESHOLD,
                "prefix_padding_ms": 0,
                "silence_duration_ms": settings.vad_silence_ms if ends_turns else _SILENCE_MS,
                "create_response": False,
            },
        }

    def is_harmless(self, error: ErrorMessage) -> bool:
        """Return whether an error is only about a field that clients cannot set."""
        return all(words in error.report.message for words in _HARMLESS_WORDS)


def speaches_capabilities(settings: OpenAISettings) -> Capabilities:
    """Return what a session can do with these settings."""
    return replace(
        CAPABILITIES,
        partials=False,
        flush=not settings.ends_turns,
        flush_ids=not settings.ends_turns,
        confidence=False,
        bias_terms=0,
        min_flush_ms=_MIN_COMMIT_MS,
    )
