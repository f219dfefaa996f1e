"""A bridge with access rules, on real sockets, as its clients see it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info

from patience import PATIENCE_S
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.server.access_attempts import RETRY_S

TOKEN = "r1ght-t0k3n"
WRONG = "wr0ng-t0k3n"
SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
CHUNK = SPEECH[:2048]

Start = Callable[[Access], Awaitable[tuple[str, int]]]


@pytest.fixture
def start(start_bridge) -> Start:
    async def start(access: Access) -> tuple[str, int]:
        offline = Profile(name="offline", backend=LocalBackend(engine="scripted"))
        address = Address(host="127.0.0.1", port=0)
        return await start_bridge(Config(listen=address, profiles=(offline,), access=access))

    return start


@pytest.fixture
async def guarded(start: Start) -> tuple[str, int]:
    """A bridge that requires a token from this machine too."""
    return await start(Access(token=TOKEN, trust_loopback=False))


@pytest.mark.parametrize("access", [Access(), Access(token=TOKEN), Access(allow=("10.0.0.0/8",))])
async def test_home_assistants_own_client_needs_no_token_if_its_address_has_access(
    access: Access, start: Start, speak
) -> None:
    address = await start(access)
    async with AsyncTcpClient(*address, read_timeout=PATIENCE_S) as client:
        await client.write_event(Describe().event())
        event = await client.read_event()
    heard = await speak(address, SPEECH)

    assert [program.name for program in Info.from_event(event).asr] == ["offline"]
    assert heard.answer.data["text"] == WORDS


async def test_home_assistants_own_client_gets_an_error_that_asks_for_the_token(
    guarded, speak
) -> None:
    async with AsyncTcpClient(*guarded, read_timeout=PATIENCE_S) as client:
        await client.write_event(Describe().event())
        described = await client.read_event()
    heard = await speak(guarded, SPEECH)

    assert (described.type, heard.answer.type) == ("error", "error")
    assert described.data == heard.answer.data
    assert described.data["code"] == "access_denied"
    assert described.data["text"].startswith(
        "this bridge requires an access token, and none was sent. Send the bridge's access token"
    )


async def test_the_right_token_gives_access_until_the_connection_ends(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        await client.write("wyoming-bridge-access", token=TOKEN)
        await client.write("describe")
        described = await client.raw.read_event()
        await client.say(SPEECH)
        first = await client.answer()
        await client.say(SPEECH)
        second = await client.answer()
    async with wyoming_client(*guarded) as other:
        await other.write("describe")
        refused = await other.raw.read_event()

    assert described.type == "info"
    assert (first.data["text"], second.data["text"]) == (WORDS, WORDS)
    assert refused.data["code"] == "access_denied"


async def test_a_refused_utterance_is_answered_once_and_the_connection_stays(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        await client.say(SPEECH)
        await client.write("no-such-event")
        await client.say(SPEECH)
        await client.chunk(CHUNK)  # an utterance without a beginning
        await client.chunk(CHUNK)
        await client.write("audio-stop")
        await client.write("audio-stop")
        await client.write("ping")
        await client.write("select-program", name="offline")
        refused = [await client.raw.read_event() for _ in range(6)]
        await client.write("wyoming-bridge-access", token=TOKEN)
        await client.write("ping")
        after = await client.raw.read_event()

    assert [event.data["code"] for event in refused] == ["access_denied"] * 6
    assert after.type == "pong"


async def test_a_token_in_the_middle_of_an_utterance_is_for_the_next_one(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        await client.say(CHUNK, stop=False)
        await client.write("wyoming-bridge-access", token=TOKEN)
        await client.chunk(CHUNK)
        await client.write("audio-stop")
        await client.say(SPEECH)
        answers = [await client.answer() for _ in range(2)]

    assert [event.type for event in answers] == ["error", "transcript"]
    assert answers[1].data["text"] == WORDS


async def test_the_error_says_that_a_token_is_wrong_and_quotes_no_token(
    guarded, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with wyoming_client(*guarded) as client:
            await client.write("wyoming-bridge-access", token=WRONG)
            refused = await client.raw.read_event()
            await client.write("describe")
            described = await client.raw.read_event()
            await client.write("wyoming-bridge-access", token=TOKEN)
            await client.write("ping")
            await client.read("pong")

    assert refused.data["code"] == "access_denied"
    assert refused.data["text"].startswith("the access token is wrong. ")
    assert described.data == refused.data
    assert not {token for token in (TOKEN, WRONG) if token in caplog.text + str(refused.data)}


async def test_after_a_wrong_token_the_next_one_of_the_address_waits_on_every_connection(
    guarded, wyoming_client
) -> None:
    now = asyncio.get_running_loop().time
    async with wyoming_client(*guarded) as guesser, wyoming_client(*guarded) as other:
        began = now()
        await guesser.write("wyoming-bridge-access", token=WRONG)
        await guesser.answer()
        await other.write("wyoming-bridge-access", token=TOKEN)
        await other.write("ping")
        pong = await other.raw.read_event()
        took_s = now() - began

    assert pong.type == "pong"
    assert took_s >= RETRY_S


async def test_a_client_that_leaves_while_its_next_token_waits_leaves_no_trace(
    guarded, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    async with wyoming_client(*guarded) as guesser:
        await guesser.write("wyoming-bridge-access", token=WRONG)
        await guesser.answer()
        await guesser.write("wyoming-bridge-access", token=WRONG)
    async with wyoming_client(*guarded) as client:
        await client.write("wyoming-bridge-access", token=TOKEN)
        await client.write("ping")
        pong = await client.raw.read_event()

    assert pong.type == "pong"
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"token": 5}', "none was sent"),
        (b"{}", "none was sent"),
        (b'{"token": null}', "none was sent"),
        (b'{"token": "\\ud800"}', "is wrong"),
        (b'{"token": ""}', "is wrong"),
    ],
)
async def test_an_invalid_token_is_refused_with_an_error(
    data: bytes, said: str, guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        writer = client.raw._writer  # noqa: SLF001 - the library sends only what is right
        writer.write(b'{"type": "wyoming-bridge-access", "data": ' + data + b"}\n")
        refused = await client.answer()

    assert refused.data["code"] == "access_denied"
    assert said in refused.data["text"]


async def test_a_client_that_keeps_asking_is_one_line_in_the_log(
    guarded, speak, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await speak(guarded, CHUNK)

    (line,) = [r for r in caplog.records if r.levelno >= logging.INFO and "refused" in r.message]
    assert line.message.startswith("refused a client at 127.0.0.1, ")


async def test_if_there_is_only_a_list_other_clients_get_an_error_that_says_so(
    start: Start, wyoming_client
) -> None:
    address = await start(Access(allow=("192.0.2.0/24",), trust_loopback=False))
    async with wyoming_client(*address) as client:
        await client.write("wyoming-bridge-access", token=TOKEN)
        refused = await client.answer()

    assert refused.data["code"] == "address_not_listed"
    assert "address is not on the allow list" in refused.data["text"]


async def test_a_listed_client_needs_no_token_and_may_send_any(
    start: Start, wyoming_client
) -> None:
    access = Access(token=TOKEN, allow=("127.0.0.0/8",), trust_loopback=False)
    async with wyoming_client(*await start(access)) as client:
        await client.write("wyoming-bridge-access", token=WRONG)
        await client.say(SPEECH)
        answer = await client.answer()

    assert answer.data["text"] == WORDS


async def test_an_open_bridge_ignores_a_token(start: Start, wyoming_client) -> None:
    async with wyoming_client(*await start(Access())) as client:
        await client.write("wyoming-bridge-access", token=TOKEN)
        await client.say(SPEECH)
        answer = await client.answer()

    assert answer.data["text"] == WORDS
