"""An utterance for a bridge that requires a token."""

import pytest

from offline import MONO, OFFLINE, WORDS, microphone
from wyoming_bridge import Access, AccessError, Address, Config, Result, transcribe

TOKEN = "r1ght-t0k3n"


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
