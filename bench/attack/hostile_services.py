"""A speech service that attacks the bridge, and the utterances that are sent to it meanwhile."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from .campaign import BrokenError
from .floods import at_once
from .hostile_websockets import Behave, accept, message, server
from .scene import Scene
from .wire import encode

__all__ = ["ENDS_WITHIN_S", "FORMAT", "PROFILE", "SPEECH", "accepted", "besieged", "partial"]

FORMAT: Final = {"rate": 16000, "width": 2, "channels": 1}
SPEECH: Final = b"\1\2" * 8000
"""Half a second of audio in ``FORMAT``."""

ENDS_WITHIN_S: Final = 12.0
"""The longest time to the end of an utterance: the timeouts of the profiles below, and some time
more for a busy machine.
"""

PROFILE: Final = (
    "  {name}: {{{begin}, url: 'ws://127.0.0.1:{port}', token: t0ken-of-the-house, "
    "source: client, connect_timeout_s: 2, final_timeout_s: 1, answer_timeout_s: 1, "
    "total_timeout_s: 3}}\n"
)
"""A profile in YAML. It does not wait long, so that an attack does not take long."""

_PROFILES: Final = (
    "provider: elevenlabs, text: commands",
    "provider: reson8, text: commands",
    "provider: scriptix, text: commands",
    "provider: openai, text: commands",
)


def partial(text: str) -> bytes:
    """Return a message with a partial text, which the client of each provider can read."""
    return message(
        json.dumps(
            {
                "message_type": "partial_transcript",
                "type": "transcript",
                "is_final": False,
                "text": text,
                "partial": text,
            }
        )
    )


async def accepted(writer: asyncio.StreamWriter, head: bytes) -> None:
    """Accept an upgrade, and greet as ElevenLabs and OpenAI do. Other clients ignore that."""
    await accept(writer, head)
    writer.write(message('{"type": "session.created", "session": {"type": "transcription"}}'))
    writer.write(message('{"message_type": "session_started", "session_id": "x", "config": {}}'))
    await writer.drain()


async def besieged(
    scene: Scene,
    behave: Behave,
    *,
    utterances: int = 3,
    profiles: Sequence[str] = _PROFILES,
    speak: Callable[[str], Awaitable[None]] | None = None,
) -> None:
    """Speak to a hostile service through each profile, while a bystander speaks.

    ``profiles`` is the beginning of each profile in YAML. ``speak`` gets the name of a profile, and
    sends an utterance; by default, it sends half a second of audio.
    """
    names = [f"evil-{number}" for number in range(len(profiles))]

    async def utterance(name: str) -> None:
        await (speak(name) if speak else _utterance(scene, name))

    async with server(behave) as port:
        scene.secrets.add("t0ken-of-the-house")
        await scene.start_server()
        lines = (
            PROFILE.format(name=name, begin=begin, port=port)
            for name, begin in zip(names, profiles, strict=True)
        )
        await scene.start_bridge(profiles="".join(lines))
        await scene.start_bystander()
        scene.goes_on  # noqa: B018 - reading this starts the flood's time
        await at_once(utterance(name) for name in names for _ in range(utterances))
        while scene.goes_on:
            await at_once(utterance(name) for name in names)


async def _utterance(scene: Scene, profile: str) -> None:
    """Send half a second of audio, and expect a transcript or an error."""
    async with await scene.connect() as client:
        await client.send(
            encode("transcribe", name=profile),
            encode("audio-start", **FORMAT),
            encode("audio-chunk", SPEECH, **FORMAT),
        )
        await asyncio.sleep(0.3)
        with suppress(ConnectionError):
            await client.send(encode("audio-stop"))
        try:
            answer = await client.answer("transcript", "error", within_s=ENDS_WITHIN_S)
        except TimeoutError:
            raise BrokenError(f"an utterance of {profile} has no end") from None
        if answer is None:
            raise BrokenError(f"an utterance of {profile} has no answer")
        text = str(answer.data.get("text", ""))
        if answer.type == "error" and len(text) > 2000:
            raise BrokenError(f"the error of {profile} has {len(text)} characters")
        if "t0ken" in text:
            raise BrokenError("the token is in an error")
