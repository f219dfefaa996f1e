"""A profile that is ready for use, and its candidates for each utterance."""

from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from ..config import LocalBackend, Profile
from ..endpointing import Endpointing
from ..errors import BridgeError
from ..providers.registry import new_client, provider_of
from ..providers.settings import Settings
from ..session import Connector, WebsocketConnector
from ..transcriber import (
    AnswerTime,
    Budget,
    Candidate,
    CircuitBreaker,
    OpeningTime,
    RequestOptions,
    SessionFactory,
)
from .capabilities import profile_capabilities
from .request_settings import Resolve, resolver, with_language
from .session_factory import session_factory

__all__ = ["ReadyProfile"]

_STREAM_ALIVE_S: Final = 30.0
"""How long a service may leave pings unanswered in a session that no other session can replace. A
short failure of the network must not end such a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyProfile:
    """A profile, the settings of its service, and what is known from its earlier utterances."""

    profile: Profile
    settings: Settings
    """The settings of the service, or of the local server that was started for the profile."""
    budget: Budget
    """How much audio the profile may send today."""
    connector: Connector | None = None
    """What opens the connections; None stands for the bridge's own connector."""
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    opening_time: OpeningTime = field(default_factory=OpeningTime)
    answer_time: AnswerTime = field(default_factory=AnswerTime)
    resolve: Resolve
    """Returns the settings for one utterance, and the terms for which the service has no room."""

    @classmethod
    def of(
        cls, profile: Profile, *, settings: Settings, budget: Budget, connector: Connector | None
    ) -> "ReadyProfile":
        """Return a profile that has had no utterances yet."""
        return cls(
            profile=profile,
            settings=settings,
            budget=budget,
            connector=connector,
            resolve=resolver(
                settings,
                profile=profile.shown_name,
                takes_terms=profile_capabilities(profile, (profile,)).bias_terms,
            ),
        )

    def refusal(self, *, now: float) -> BridgeError | None:
        """Return the error that each utterance would get now, or None if it may succeed."""
        try:
            self.circuit_breaker.check(now=now)
            self.budget.check(provider=self.profile.provider)
        except BridgeError as error:
            return error
        return None

    def candidate(self, options: RequestOptions, endpointing: Endpointing) -> Candidate:
        """Return the candidate for one utterance. It has no interpreter.

        Raises:
            RequestError: The language is invalid, or the options leave the end of speech to a
                service that cannot detect it.
        """
        profile = self.profile
        settings, left_out = self.resolve(options, endpointing)
        limits = profile.limits
        if isinstance(profile.backend, LocalBackend):
            # The local server runs in this process, so it can be slow but never unreachable.
            answer_s = max(limits.answer_s, limits.final_s)
            limits = replace(limits, answer_s=answer_s, alive_s=inf)
        capabilities = provider_of(settings).capabilities
        return Candidate(
            profile=profile.name,
            title=profile.title,
            utterance_id=options.utterance_id,
            provider=profile.provider,
            new_session=self._session_factory(settings),
            audio_format=new_client(settings).audio_format,
            can_flush=capabilities.flush and not settings.ends_turns,
            ends_turns=settings.ends_turns,
            limits=limits,
            circuit_breaker=self.circuit_breaker,
            budget=self.budget,
            opening_time=self.opening_time,
            answer_time=self.answer_time,
            terms=options.terms,
            left_out_terms=left_out if options.terms else None,
        )

    def probe_candidate(self) -> Candidate:
        """Return a candidate that tests the account, even if the account has failed before."""
        return self._candidate_of_one_session(self.session_factory())

    def stream_candidate(self, url: str, *, language: str | None) -> Candidate:
        """Return a candidate whose service fetches a stream itself.

        Raises:
            RequestError: The service cannot fetch streams, or the language is invalid.
        """
        settings = with_language(self.settings, language)
        candidate = self._candidate_of_one_session(self._session_factory(settings, source_url=url))
        return replace(candidate, circuit_breaker=self.circuit_breaker, budget=self.budget)

    def session_factory(self) -> SessionFactory:
        """Return a factory for sessions with the settings of the profile."""
        return self._session_factory(self.settings)

    def _candidate_of_one_session(self, new_session: SessionFactory) -> Candidate:
        """Return a candidate without audio. If its session breaks, no other one is opened."""
        limits = self.profile.limits
        return Candidate(
            profile=self.profile.name,
            provider=self.profile.provider,
            new_session=new_session,
            limits=replace(limits, connections=1, answer_s=inf, alive_s=_STREAM_ALIVE_S),
        )

    def _session_factory(
        self, settings: Settings, *, source_url: str | None = None
    ) -> SessionFactory:
        profile = self.profile
        connector = self.connector or WebsocketConnector(open_timeout_s=profile.limits.ready_s)
        return session_factory(
            settings, provider=profile.provider, connector=connector, source_url=source_url
        )
