"""The check of one profile: all that an utterance needs, one thing after the other.

The network is looked at first, piece by piece. Then comes an utterance as any other, under the
profile's own limits, and what its session says are steps.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Final

from ..app.backends import Backends
from ..audio import PCM_16K_MONO
from ..config import LocalBackend, Profile
from ..endpointing import RECORDING
from ..errors import BridgeError
from ..events import SessionEvent
from ..options import Settings
from ..providers.registry import PROVIDERS, ProviderName
from ..session import Connector, RealtimeSession, WebsocketConnector
from ..transcriber import Candidate, SessionFactory, Utterance
from .network import Resolve, Route, resolve
from .progress import Progress
from .steps import CheckOutcome, Step, StepName
from .voice import voice_like_second

__all__ = ["check"]

_PROGRESS_S: Final = 2.0
"""How long a person looks at a line that does not change."""


async def check(
    profile: Profile,
    *,
    connector: Connector | None = None,
    ssl_context: ssl.SSLContext | None = None,
    resolve: Resolve = resolve,
) -> AsyncGenerator[Step, None]:
    """Try a profile; the steps as they are done. One that failed is the last.

    Closing the generator ends what was begun. A program that connects in its own way hands in a
    connector; the network is not looked at then.
    """
    remote = None if isinstance(profile.backend, LocalBackend) else profile.backend
    ours = WebsocketConnector(ssl_context=ssl_context, open_timeout_s=profile.limits.ready_s)
    backends = Backends([profile], connector=connector or ours)
    async with AsyncExitStack() as stack:
        parts = [_prepare(stack, backends, profile)]
        if remote and connector is None:
            route = Route(
                remote.url,
                provider=profile.provider,
                limit_s=profile.limits.ready_s,
                resolve=resolve,
                ssl_context=ssl_context,
            )
            parts.append(_look_at_network(route))
        parts.append(_speak(backends, profile, has_token=bool(remote and remote.token)))
        for part in parts:
            async with aclosing(part) as steps:
                async for step in steps:
                    yield step
                    if step.error:
                        return


async def _prepare(
    stack: AsyncExitStack, backends: Backends, profile: Profile
) -> AsyncGenerator[Step, None]:
    """Start what the profile needs here, and look at what is known without the network."""
    match profile.backend:
        case LocalBackend(engine=engine):
            yield await _tried(StepName.LOCAL, _start_local(stack, backends, engine=engine))
        case Settings(base_language=language):
            await stack.enter_async_context(backends)
            if language:
                yield _language_step(ProviderName(profile.provider), language)


async def _start_local(stack: AsyncExitStack, backends: Backends, *, engine: str) -> str:
    await stack.enter_async_context(backends)
    return f"the local realtime server is started, with the engine {engine}"


def _language_step(name: ProviderName, language: str) -> Step:
    provider = PROVIDERS[name]
    if language in provider.capabilities.languages:
        outcome, text = CheckOutcome.OK, f"{provider.title} is known to serve {language}"
    else:
        outcome = CheckOutcome.HINT
        text = f"{provider.title} is not known to serve {language}; it is asked for all the same"
    return Step(name=StepName.LANGUAGE, outcome=outcome, duration_ms=0, text=text)


async def _look_at_network(route: Route) -> AsyncGenerator[Step, None]:
    if route.through_proxy:
        text = "the environment names a proxy, which finds the service for us"
        yield Step(name=StepName.ADDRESS, outcome=CheckOutcome.SKIPPED, duration_ms=0, text=text)
        return
    try:
        yield await _tried(StepName.ADDRESS, route.find())
        yield await _tried(StepName.PORT, route.connect())
        if route.encrypted:
            yield await _tried(StepName.TLS, route.secure())
    finally:
        route.close()


async def _tried(name: StepName, work: Awaitable[str]) -> Step:
    """Do what a step does; it says what it found."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        outcome, text, failure = CheckOutcome.OK, await work, None
    except BridgeError as error:
        outcome, text, failure = CheckOutcome.FAILED, error.message, error
    duration_ms = (loop.time() - began) * 1000
    return Step(name=name, outcome=outcome, duration_ms=duration_ms, text=text, error=failure)


async def _speak(
    backends: Backends, profile: Profile, *, has_token: bool
) -> AsyncGenerator[Step, None]:
    """One utterance, and the steps that its session's events make."""
    loop = asyncio.get_running_loop()
    progress = Progress(has_token=has_token, now=loop.time())
    steps: asyncio.Queue[Step | None] = asyncio.Queue()  # few; None after the last

    def watch(event: SessionEvent) -> None:
        if step := progress.take(event, now=loop.time()):
            steps.put_nowait(step)

    # One session: what is wrong with it is what the check has to report.
    candidate = Candidate(
        profile=profile.name,
        provider=profile.provider,
        new_session=_watched(backends.session_factory(profile), watch),
        limits=replace(profile.limits, connections=1, answer_s=profile.limits.ready_s),
    )
    utterance = Utterance(candidates=[candidate], source=PCM_16K_MONO, endpointing=RECORDING)
    async with utterance:
        utterance.feed(await asyncio.to_thread(voice_like_second))
        utterance.finish()
        result = asyncio.create_task(utterance.result(), name=f"check {profile.name}")
        result.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while True:
                try:
                    async with asyncio.timeout(_PROGRESS_S):
                        step = await steps.get()
                except TimeoutError:
                    yield progress.waiting(now=loop.time())
                    continue
                if step is None:
                    break
                yield step
            try:
                yield progress.heard(await result, now=loop.time())
            except BridgeError as error:
                yield progress.failed(error, now=loop.time())
        finally:
            result.cancel()
            await asyncio.gather(result, return_exceptions=True)


def _watched(
    session_factory: SessionFactory, watch: Callable[[SessionEvent], None]
) -> SessionFactory:
    """Return a factory whose sessions report to a watcher too."""

    def new_session(
        on_event: Callable[[SessionEvent], None],
        *,
        on_sent: Callable[[], None] = lambda: None,
        begins_at_ms: int = 0,
    ) -> RealtimeSession:
        def both(event: SessionEvent) -> None:
            on_event(event)
            watch(event)

        return session_factory(both, on_sent=on_sent, begins_at_ms=begins_at_ms)

    return new_session
