"""Makes the utterances of profiles: their candidates, interpreters and observers."""

from dataclasses import replace

from ..audio import PCM_16K_MONO, AudioFormat
from ..config import Profile
from ..endpointing import RECORDING, Endpointing
from ..recorder.new_utterance import NewUtterance, Observe
from ..transcriber import Candidate, Observer, Purpose, RequestOptions, Utterance
from .interpreters import Interpreters
from .ready_profile import ReadyProfile
from .ready_profiles import ReadyProfiles

__all__ = ["UtteranceFactory"]


class UtteranceFactory:
    """Makes utterances of profiles that are ready."""

    def __init__(
        self, profiles: ReadyProfiles, *, interpreters: Interpreters, observe: Observe
    ) -> None:
        """Create the factory. ``observe`` returns an utterance's observers."""
        self._profiles = profiles
        self._interpreters = interpreters
        self._observe = observe

    def new_utterance(
        self,
        profile: Profile,
        source: AudioFormat,
        options: RequestOptions,
        *,
        observe: Observe | None,
    ) -> Utterance:
        """Return a new utterance. The options override the profile's settings.

        ``observe`` replaces the ``observe`` of ``__init__`` for this utterance.

        Raises:
            RequestError: The language is invalid, or the options leave the end of speech to a
                service that cannot detect it.
        """
        options = options.identified()
        endpointing = options.endpointing or profile.endpointing
        of_fallback = endpointing.with_bridge_vad()
        return Utterance(
            candidates=[
                self._candidate(self._profiles.of(profile), options, endpointing),
                *(
                    self._candidate(each, options, of_fallback)
                    for each in self._profiles.fallbacks(profile)
                ),
            ],
            source=source,
            endpointing=endpointing,
            text_style=profile.text_style,
            observers=tuple((observe or self._observe)(_new_utterance(profile, source, options))),
        )

    def new_probe(self, profile: Profile, watching: Observer) -> Utterance:
        """Return an utterance without audio. It has its result once the service accepts audio."""
        candidate = self._profiles.of(profile).probe_candidate()
        return _without_audio(candidate, watching, purpose=Purpose.PROBE)

    def new_stream(self, url: str, profile: Profile, *, language: str | None) -> Utterance:
        """Return an utterance whose service fetches a stream itself.

        Raises:
            RequestError: The service cannot fetch streams, or the language is invalid.
        """
        candidate = self._profiles.of(profile).stream_candidate(url, language=language)
        return _without_audio(candidate, purpose=Purpose.STREAM)

    def _candidate(
        self, ready: ReadyProfile, options: RequestOptions, endpointing: Endpointing
    ) -> Candidate:
        candidate = ready.candidate(options, endpointing)
        interpreter = self._interpreters.interpreter(
            ready, options, server=self._profiles.server_of(ready.profile)
        )
        return replace(candidate, interpreter=interpreter)


def _without_audio(candidate: Candidate, *watching: Observer, purpose: Purpose) -> Utterance:
    """Return an utterance without audio, for a candidate of one session."""
    return Utterance(
        candidates=[candidate],
        source=PCM_16K_MONO,
        endpointing=RECORDING,
        purpose=purpose,
        observers=watching,
    )


def _new_utterance(profile: Profile, source: AudioFormat, options: RequestOptions) -> NewUtterance:
    return NewUtterance(
        utterance_id=options.utterance_id or "",
        requested=profile.name,
        profile=profile.shown_name,
        provider=profile.provider,
        options=options,
        source=source,
    )
