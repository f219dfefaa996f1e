"""The check of one profile: it tests everything that an utterance needs, step by step.

It tests the network first: name, port and certificate. Then it runs a normal utterance with the
profile's own limits and turns the events of its session into steps.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Final

from ..app.backends import Backends
from ..audio import PCM_16K_MONO
from ..config import LocalBackend, Profile
from ..config.engines import title_of
from ..endpointing import RECORDING
from ..errors import BridgeError, ProxySettingError, one_line
from ..events import SessionEvent, SessionStarted
from ..providers.registry import PROVIDERS, ProviderName
from ..providers.settings import Settings
from ..session import Connector, WebsocketConnector
from ..transcriber import Candidate, Utterance
from .network import Resolve, Route, resolve
from .progress import Progress
from .session_watcher import SessionWatcher
from .steps import CheckOutcome, Step, StepName
from .voice import voice_like_second

__all__ = ["check"]

_PROGRESS_S: Final = 2.0
"""The interval at which the check reports what it waits for."""


async def check(
    profile: Profile,
    *,
    connector: Connector | None = None,
    ssl_context: ssl.SSLContext | None = None,
    resolve: Resolve = resolve,
) -> AsyncGenerator[Step, None]:
    """Test a profile; yield each step when it is done. A failed step is the last one.

    Closing the generator stops the check. If the caller passes a ``connector``, the network steps
    are left out.
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
            parts.append(_test_network(route))
        parts.append(_test_speech(backends, profile, has_token=bool(remote and remote.token)))
        for part in parts:
            async with aclosing(part) as steps:
                async for step in steps:
                    yield step
                    if step.error:
                        return


async def _prepare(
    stack: AsyncExitStack, backends: Backends, profile: Profile
) -> AsyncGenerator[Step, None]:
    """Start the local server if the profile uses it; otherwise check the language.

    If several servers speak the protocol, the language is checked when the server has answered.
    """
    match profile.backend:
        case LocalBackend() as local:
            starting = _start_local(stack, backends, local)
            yield await _run_step(StepName.LOCAL, starting)
        case Settings(base_language=language):
            await stack.enter_async_context(backends)
            provider = PROVIDERS[ProviderName(profile.provider)]
            if language and not provider.has_several_servers:
                yield _language_step(provider.title, provider.capabilities.languages, language)


async def _start_local(stack: AsyncExitStack, backends: Backends, local: LocalBackend) -> str:
    await stack.enter_async_context(backends)
    title = title_of(local.engine, local.model)
    return f"the local realtime server has started with {title}"


def _language_of_server(event: SessionEvent, profile: Profile) -> Step | None:
    """Return the step about the language, if ``event`` says which server answered.

    This is for protocols that several servers speak: their languages differ. There is no such step
    for a server to which no language can be sent. Instead, the client of the protocol reports a
    warning.
    """
    match event, profile.backend:
        case (
            SessionStarted(server=str(server), capabilities=found),
            Settings(base_language=str(language)),
        ) if found and found.languages:
            return _language_step(one_line(server), found.languages, language)
        case _:
            return None


def _language_step(server: str, known: Sequence[str], language: str) -> Step:
    if language in known:
        outcome, text = CheckOutcome.OK, f"{server} is known to support {language}"
    else:
        outcome = CheckOutcome.HINT
        text = f"{server} is not known to support {language}; the request is sent anyway"
    return Step(name=StepName.LANGUAGE, outcome=outcome, duration_ms=0, text=text)


async def _test_network(route: Route) -> AsyncGenerator[Step, None]:
    try:
        proxy = route.proxy
    except ProxySettingError as error:
        yield Step(
            name=StepName.ADDRESS,
            outcome=CheckOutcome.FAILED,
            duration_ms=0,
            text=error.message,
            error=error,
        )
        return
    if proxy:
        text = f"{proxy} connects to the service"
        yield Step(name=StepName.ADDRESS, outcome=CheckOutcome.SKIPPED, duration_ms=0, text=text)
        return
    try:
        yield await _run_step(StepName.ADDRESS, route.find())
        yield await _run_step(StepName.PORT, route.connect())
        if route.encrypted:
            yield await _run_step(StepName.TLS, route.secure())
    finally:
        route.close()


async def _run_step(name: StepName, work: Awaitable[str]) -> Step:
    """Run the work of a step, which returns a text for the user. Return the finished step."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        outcome, text, failure = CheckOutcome.OK, await work, None
    except BridgeError as error:
        outcome, text, failure = CheckOutcome.FAILED, error.message, error
    duration_ms = (loop.time() - began) * 1000
    return Step(name=name, outcome=outcome, duration_ms=duration_ms, text=text, error=failure)


async def _test_speech(
    backends: Backends, profile: Profile, *, has_token: bool
) -> AsyncGenerator[Step, None]:
    """Run one utterance, and turn the events of its session and its result into steps."""
    loop = asyncio.get_running_loop()
    progress = Progress(has_token=has_token, now=loop.time())
    steps: asyncio.Queue[Step | None] = asyncio.Queue()  # None marks the end

    def watch(event: SessionEvent) -> None:
        for step in (progress.take(event, now=loop.time()), _language_of_server(event, profile)):
            if step:
                steps.put_nowait(step)

    async def wait_for_result(utterance: Utterance) -> None:
        try:
            step = progress.answered(await utterance.result(), now=loop.time())
        except BridgeError as error:
            step = progress.failed(error, now=loop.time())
        steps.put_nowait(step)

    # Only one session: a second one would hide the problem that the check has to report.
    limits = profile.limits
    candidate = Candidate(
        profile=profile.name,
        provider=profile.provider,
        new_session=backends.session_factory(profile),
        limits=replace(limits, connections=1, total_s=limits.ready_s + limits.final_s),
    )
    utterance = Utterance(
        candidates=[candidate],
        source=PCM_16K_MONO,
        endpointing=RECORDING,
        observers=[SessionWatcher(watch)],
    )
    async with utterance:
        utterance.feed(await asyncio.to_thread(voice_like_second))
        utterance.finish()
        result = asyncio.create_task(wait_for_result(utterance), name=f"check {profile.name}")
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
            await result  # raises the error if the utterance failed unexpectedly
        finally:
            result.cancel()
            await asyncio.gather(result, return_exceptions=True)
