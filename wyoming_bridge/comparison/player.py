"""Plays recordings to profiles at the pace of speech, as a satellite does."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Final

from ..app.backends import Backends
from ..audio import PCM_16K_MONO
from ..config import Profile
from ..endpointing import Endpointing, EndpointSource, Turn, new_detector
from ..errors import BridgeError, BudgetError
from ..media.pace import paced
from ..transcriber import RequestOptions, Result
from .corpus import Item
from .scoring import Scorer
from .trial import Trial

__all__ = ["Loaded", "Player", "played_s"]

_CHUNK_MS: Final = 20
"""The duration of a chunk: about a third of a satellite's chunk, so that the measured times are
more exact."""

_ROOM_MS: Final = 4000
"""The silence that is played after a recording. It is longer than any pause that ends an utterance
by default. If a profile waits for a longer pause, the end of the audio ends the utterance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A recording in memory."""

    item: Item
    pcm: bytes
    """The audio in ``PCM_16K_MONO``."""
    digest: str = field(init=False)
    """The SHA-256 of the audio and of the text that is said in it."""
    speech_end_ms: int | None = field(init=False)
    """The end of the last speech; None if there is no speech."""

    def __post_init__(self) -> None:
        """Find the end of the speech, and compute the digest."""
        turn = Turn(
            Endpointing(source=EndpointSource.CLIENT.value),
            detector=new_detector(speech_threshold=Endpointing().speech_threshold),
        )
        # A second of silence is added, because the detector reports the end of speech with a delay.
        turn.feed(self.pcm + bytes(PCM_16K_MONO.bytes_of(1000)))
        object.__setattr__(self, "speech_end_ms", turn.speaker_end_ms)
        digest = hashlib.sha256(self.pcm + self.item.truth.encode()).hexdigest()
        object.__setattr__(self, "digest", digest)

    @property
    def seconds(self) -> float:
        """The duration of the recording."""
        return PCM_16K_MONO.duration_ms(len(self.pcm)) / 1000


def played_s(loaded: Loaded, profile: Profile) -> float:
    """Return how much audio is played: the recording, and the silence after it.

    One session gets at most this audio. A session that replaces another one gets audio again.
    """
    return loaded.seconds + _room_ms(profile) / 1000


class Player:
    """Plays recordings to the profiles of a configuration."""

    def __init__(self, backends: Backends, *, scorer: Scorer, options: RequestOptions) -> None:
        self._backends = backends
        self._scorer = scorer
        self._options = options

    async def play(
        self, loaded: Loaded, profile: Profile, *, key: str, max_sent_s: float | None = None
    ) -> Trial:
        """Play a recording to a profile, and return the outcome.

        ``max_sent_s`` is the most audio that the service may get, in all sessions. If more would
        be needed, the trial fails.
        """
        loop = asyncio.get_running_loop()
        pcm = loaded.pcm + bytes(PCM_16K_MONO.bytes_of(_room_ms(profile)))
        budget = self._backends.usage.budget(profile.name)
        budget.max_sent_s = None if max_sent_s is None else budget.sent_s + max_sent_s
        sent_before_s, began = budget.sent_s, loop.time()
        result: Result | None = None
        error: BridgeError | None = None
        updates = self._backends.transcribe(
            paced(pcm, PCM_16K_MONO, chunk_ms=_CHUNK_MS),
            source=PCM_16K_MONO,
            profile=profile,
            options=self._options,
        )
        try:
            async for update in updates:
                if isinstance(update, Result):
                    result = update
        except BridgeError as err:
            error = err
        took_ms = (loop.time() - began) * 1000
        end_ms = loaded.speech_end_ms
        return Trial(
            item=loaded.item.name,
            profile=profile.name,
            key=key,
            truth=loaded.item.truth,
            text=result.text if result else None,
            error=_text_of(error) if error else None,
            score=self._scorer.score(loaded.item.truth, result.text if result else ""),
            response_ms=took_ms - end_ms if result and end_ms is not None else None,
            is_cut=result is not None and end_ms is not None and result.timing.audio_ms < end_ms,
            sent_s=budget.sent_s - sent_before_s,
        )


def _text_of(error: BridgeError) -> str:
    # The advice is for the daily limit, whose error has an ``ErrorText``. It does not help against
    # the limit of the trial, whose error has none.
    is_about_trial = isinstance(error, BudgetError) and error.text is None
    return str(error) if is_about_trial else error.with_advice


def _room_ms(profile: Profile) -> int:
    return 0 if profile.endpointing.source == EndpointSource.CLIENT else _ROOM_MS
