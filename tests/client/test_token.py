"""An utterance for a bridge that asks for a token."""

from collections.abc import AsyncIterator

import pytest

from wyoming_bridge import (
    Access,
    AccessError,
    Address,
    AudioFormat,
    Config,
    Encoding,
    LocalBackend,
    Profile,
    Result,
    transcribe,
)
from wyoming_bridge.local.engines import scripted_words

SPEECH = bytes([6, 2]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
MONO = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1)
OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))
TOKEN = "r1ght-t0k3n"


async def microphone() -> AsyncIterator[bytes]:
    for start in range(0, len(SPEECH), 2048):
        yield SPEECH[start : start + 2048]


@pytest.fixture
async def guarded(start_bridge) -> tuple[str, int]:
    return await start_bridge(
        Config(
            listen=Address(host="127.0.0.1", port=0),
            profiles=(OFFLINE,),
            access=Access(token=TOKEN, trust_loopback=False),
        )
    )


async def test_with_the_right_token_the_bridge_transcribes(guarded: tuple[str, int]) -> None:
    host, port = guarded
    updates = transcribe(microphone(), source=MONO, host=host, port=port, token=TOKEN)

    *_, result = [update async for update in updates]

    assert isinstance(result, Result)
    assert result.text == WORDS


@pytest.mark.parametrize(
    ("token", "said"), [(None, "none was sent"), ("wr0ng-t0k3n", "the access token is wrong")]
)
async def test_without_it_the_error_says_what_is_wrong_with_the_token(
    token: str | None, said: str, guarded: tuple[str, int]
) -> None:
    host, port = guarded

    with pytest.raises(AccessError, match=said):
        [u async for u in transcribe(microphone(), source=MONO, host=host, port=port, token=token)]
