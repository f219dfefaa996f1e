"""``wyoming-bridge transcribe``: one utterance, through a bridge or through a profile."""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..app import Backends
from ..audio import AudioFormat
from ..client import Answer
from ..client import transcribe as through_bridge
from ..config import Address, Config
from ..errors import BridgeError
from ..transcriber import Revision
from .show import View, new_view
from .source import AudioSource

__all__ = ["NOTHING_HEARD", "transcribe"]

NOTHING_HEARD = 4


async def transcribe(arguments: argparse.Namespace, config: Config) -> int:
    """Run the command; gives the exit code.

    Raises:
        BridgeError: There is no transcript.
    """
    view = new_view(as_json=arguments.json)
    pace = arguments.pace or ("fast" if arguments.file == "-" else "realtime")
    source = AudioSource(arguments.file, realtime=pace == "realtime", on_sent=view.sent)
    try:
        await source.open()
        view.begin(source.total_ms)
        answer = await _answer(_through(arguments, config, source), view)
    except BridgeError as error:
        view.failure(error)
        raise
    finally:
        view.end()
        source.close()
    return 0 if answer.text else NOTHING_HEARD


async def _answer(updates: AsyncGenerator[Revision | Answer, None], view: View) -> Answer:
    async with aclosing(updates):
        async for update in updates:
            match update:
                case Revision():
                    view.revision(update)
                case Answer():
                    view.answer(update)
                    return update
    raise AssertionError("an utterance ends with an answer or an error")


def _through(
    arguments: argparse.Namespace, config: Config, source: AudioSource
) -> AsyncGenerator[Revision | Answer, None]:
    if not arguments.uri:
        return _through_profile(config, arguments.profile, source, arguments.language)
    address = Address.parse(arguments.uri, key="--uri")
    return through_bridge(
        source.chunks(),
        source=source.format,
        host=address.host,
        port=address.port,
        name=arguments.name,
        language=arguments.language,
    )


async def _through_profile(
    config: Config, name: str | None, source: AudioSource, language: str | None
) -> AsyncGenerator[Revision | Answer, None]:
    """As through a bridge, without one."""
    profile = config.profile(name) if name else config.profiles[0]
    backends = Backends([profile])
    try:
        await backends.start()
        audio: AudioFormat = source.format
        async with backends.new_utterance(profile, audio, language) as utterance:

            async def speak() -> None:
                async for chunk in source.chunks():
                    utterance.feed(chunk)
                    await utterance.drain()
                utterance.finish()

            speaker = asyncio.create_task(speak(), name="speak")
            try:
                async for revision in utterance.revisions():
                    yield revision
                result = await utterance.result()
                yield Answer(text=result.text, language=result.language, details=result.details())
            finally:
                speaker.cancel()
                await asyncio.gather(speaker, return_exceptions=True)
    finally:
        await backends.stop()
