"""A replay of a recording: which options and which pace it has."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import replace

from houses import house_in
from recordings import a_recording
from virtual_time import in_virtual_time
from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat
from wyoming_bridge.media.pace import FAST
from wyoming_bridge.page.speech import PageProfile, replayed
from wyoming_bridge.recorder import NewUtterance, Observe
from wyoming_bridge.transcriber import RequestOptions, Result, Revision

SECONDS = bytes(2 * PCM_16K_MONO.bytes_per_second)


class ASpeech:
    """Notes the options of each utterance and how long its audio takes."""

    profiles: Sequence[PageProfile] = ()

    def __init__(self) -> None:
        self.options: list[RequestOptions] = []
        self.took_s: list[float] = []

    async def transcribe(
        self,
        audio: AsyncIterable[bytes],
        *,
        source: AudioFormat,
        profile: str,
        options: RequestOptions,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result, None]:
        assert observe is not None
        about = NewUtterance(
            utterance_id="1",
            requested=profile,
            profile=profile,
            provider="scripted",
            options=options,
            source=source,
        )
        assert observe(about)
        began = asyncio.get_running_loop().time()
        _ = [chunk async for chunk in audio]
        self.options.append(options)
        self.took_s.append(asyncio.get_running_loop().time() - began)
        return
        yield


@in_virtual_time
async def test_a_replay_has_the_language_the_terms_and_the_house_of_the_recording() -> None:
    speech = ASpeech()
    request = {"language": "nl", "terms": ["Woonkamer", "Küche"]}
    spoken = replace(a_recording(), request=request, house=house_in("nl"))

    await replayed(SECONDS, speech=speech, profile="a", speed=FAST, spoken=spoken)

    (options,) = speech.options
    assert (options.language, options.terms) == ("nl", ("Woonkamer", "Küche"))
    assert options.house == house_in("nl")


@in_virtual_time
async def test_the_pace_decides_how_long_a_replay_takes() -> None:
    speech = ASpeech()
    for speed in (FAST, 4.0, 1.0):
        await replayed(SECONDS, speech=speech, profile="a", speed=speed, spoken=a_recording())

    assert [round(each, 3) for each in speech.took_s] == [0.0, 0.5, 2.0]
