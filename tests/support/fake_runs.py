"""Utterances that the whole library sends to the fakes of the services, on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

import pytest

from fakes import (
    ElevenLabsFake,
    FakeService,
    Faults,
    OpenAIFake,
    Reson8Fake,
    ScriptixFake,
    VllmFake,
    silence,
    speech,
)
from patience import PATIENCE_S
from sessions import SessionEvents, running
from utterances import RACE, an_utterance
from wyoming_bridge import (
    AudioFormat,
    Backends,
    BridgeError,
    ElevenLabsSettings,
    Encoding,
    Limits,
    Profile,
    Reson8Settings,
    Result,
    ScriptixSettings,
)
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.events import Failed
from wyoming_bridge.providers.openai import OpenAISettings
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.providers.settings import Settings
from wyoming_bridge.session import RealtimeSession, WebsocketConnector

MONO = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
TEXT = "go forward ten meters"
TOKEN = "s3cret-t0ken"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A service: its name, its fake, and the settings class of its profiles."""

    name: str
    """The name of the provider."""
    fake: Callable[..., FakeService]
    settings: Callable[..., Settings]
    dialect: str = ""

    def __str__(self) -> str:
        return self.dialect or self.name


SCRIPTIX = Kind(name="scriptix", fake=ScriptixFake, settings=ScriptixSettings)
RESON8 = Kind(name="reson8", fake=Reson8Fake, settings=Reson8Settings)
ELEVENLABS = Kind(name="elevenlabs", fake=ElevenLabsFake, settings=ElevenLabsSettings)
OPENAI = Kind(name="openai", fake=OpenAIFake, settings=OpenAISettings)
VLLM = Kind(
    name="openai", dialect="vllm", fake=VllmFake, settings=partial(OpenAISettings, model="a-model")
)
ALL = (SCRIPTIX, RESON8, ELEVENLABS, OPENAI, VLLM)
every_service = pytest.mark.parametrize("kind", ALL, ids=str)


async def spoken(pcm: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), 2048):
        yield pcm[start : start + 2048]
        await asyncio.sleep(0)


def a_profile(
    kind: Kind, service: FakeService, *, limits: Limits | None = None, **settings: object
) -> Profile:
    return Profile(
        name="kitchen",
        limits=limits or Limits(),
        backend=kind.settings(url=service.url, token=TOKEN, **settings),
        endpointing=RECORDING,
    )


async def result_of(profile: Profile, audio: AsyncIterator[bytes]) -> Result | BridgeError:
    """Transcribe with the whole library; return the result or the error."""
    async with Backends([profile]) as backends:
        try:
            async with asyncio.timeout(PATIENCE_S):
                updates = [
                    update
                    async for update in backends.transcribe(audio, source=MONO, profile=profile)
                ]
        except BridgeError as error:
            return error
    result = updates[-1]
    assert isinstance(result, Result)
    return result


async def transcribe(
    kind: Kind,
    *faults: Faults,
    always: Faults | None = None,
    pcm: bytes = speech(TEXT) + silence(300),
    limits: Limits | None = None,
) -> tuple[Result | BridgeError, FakeService]:
    """Send one utterance to a service; return the result or the error, and the service.

    The first connections have ``faults``, one each. All later ones have ``always``.
    """
    async with kind.fake(faults=always) as service:
        service.next_faults.extend(faults)
        profile = a_profile(kind, service, limits=limits)
        return await result_of(profile, spoken(pcm)), service


async def text_of(
    kind: Kind,
    *faults: Faults,
    always: Faults | None = None,
    pcm: bytes = speech(TEXT) + silence(300),
) -> tuple[str, int]:
    """Return the text of a complete result, and the number of connections that it took."""
    result, service = await transcribe(kind, *faults, always=always, pcm=pcm)
    assert isinstance(result, Result), result
    assert result.complete
    return result.text, service.attempts


async def failure_of(kind: Kind, faults: Faults) -> BridgeError:
    """Return the error with which one session fails."""
    async with kind.fake(faults=faults) as service:
        events = SessionEvents()
        session = RealtimeSession(
            client=new_client(kind.settings(url=service.url, token=TOKEN)),
            connector=WebsocketConnector(),
            provider=kind.name,
            on_event=events,
        )
        async with running(session):
            session.send_audio(speech(TEXT))
            session.finish()
            return (await events.first(Failed)).error


async def transcribe_by_pauses(
    kind: Kind, faults: Faults, pcm: bytes
) -> tuple[Result, FakeService]:
    """Send an utterance that the bridge ends at a pause, at up to ten times the pace of speech.

    All loud audio counts as speech. At pauses that are too short to end the utterance, the bridge
    requests a final.
    """
    async with kind.fake(faults=faults) as service:
        settings = kind.settings(url=service.url, token=TOKEN)
        utterance = an_utterance(
            WebsocketConnector(),
            client=lambda: new_client(settings),
            endpointing=RACE,
            can_flush=PROVIDERS[ProviderName(kind.name)].capabilities.flush,
        )
        async with asyncio.timeout(PATIENCE_S), utterance:
            for start in range(0, len(pcm), 320):
                utterance.feed(pcm[start : start + 320])
                await asyncio.sleep(0.001)
            utterance.finish()
            return await utterance.result(), service
