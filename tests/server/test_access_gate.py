"""How a bridge with access rules answers its clients, on real sockets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info

from patience import PATIENCE_S
from proving import (
    NO_PROOF,
    NONCE,
    asked_nonce,
    client_proof,
    is_proof_of,
    send_access,
    try_token,
)
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
    reply = await speak(address, SPEECH)

    assert [program.name for program in Info.from_event(event).asr] == ["offline"]
    assert reply.answer.data["text"] == WORDS


async def test_home_assistants_own_client_without_access_gets_an_error(guarded, speak) -> None:
    async with AsyncTcpClient(*guarded, read_timeout=PATIENCE_S) as client:
        await client.write_event(Describe().event())
        described = await client.read_event()
    reply = await speak(guarded, SPEECH)

    assert (described.type, reply.answer.type) == ("error", "error")
    assert described.data == reply.answer.data
    assert described.data["code"] == "access_denied"
    assert described.data["text"].startswith(
        "this bridge requires an access token, and none was sent. Give the client the bridge's "
        "access token"
    )


async def test_a_client_that_proves_the_token_has_access_until_the_connection_ends(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        proved = await try_token(client, TOKEN)
        await client.write("describe")
        described = await client.raw.read_event()
        await client.say(SPEECH)
        first = await client.answer()
        await client.say(SPEECH)
        second = await client.answer()
    async with wyoming_client(*guarded) as other:
        await other.write("describe")
        refused = await other.raw.read_event()

    assert proved.type == "wyoming-bridge-access"
    assert described.type == "info"
    assert (first.data["text"], second.data["text"]) == (WORDS, WORDS)
    assert refused.data["code"] == "access_denied"


async def test_the_bridge_proves_the_token_too_and_sends_the_address_of_the_connection(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        theirs = await asked_nonce(client)
        await send_access(client, version=1, proof=client_proof(TOKEN, NONCE, theirs))
        proved = await client.read("wyoming-bridge-access")

    assert is_proof_of(TOKEN, proved.data, theirs)
    assert (proved.data["host"], proved.data["port"]) == guarded


async def test_a_recorded_handshake_is_not_valid_on_another_connection(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        recorded = client_proof(TOKEN, NONCE, await asked_nonce(client))
        await send_access(client, version=1, proof=recorded)
        assert (await client.raw.read_event()).type == "wyoming-bridge-access"
    async with wyoming_client(*guarded) as thief:
        await send_access(thief, version=1, proof=recorded)
        without_nonce = await thief.answer()
        await asked_nonce(thief)
        await send_access(thief, version=1, proof=recorded)
        with_another = await thief.answer()

    assert without_nonce.data["code"] == "invalid_request"
    assert "a proof must follow a nonce" in without_nonce.data["text"]
    assert with_another.data["code"] == "access_denied"
    assert "the access token is wrong" in with_another.data["text"]


@pytest.mark.parametrize("token", [TOKEN, WRONG, ""])
async def test_an_older_client_gets_advice_but_does_not_learn_whether_its_token_is_right(
    token: str, guarded, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with wyoming_client(*guarded) as client:
            await send_access(client, token=token)
            refused = await client.raw.read_event()
            await client.write("describe")
            described = await client.raw.read_event()

    assert refused.data["code"] == "access_denied"
    assert refused.data["text"].startswith(
        "the client is outdated: it sent its access token in clear text, which this bridge refuses."
        " Update the client, then give bridge and client a new token"
    )
    assert described.data == refused.data
    assert not token or token not in caplog.text + str(refused.data)


async def test_an_older_client_at_a_listed_address_works_and_is_named_in_the_log(
    start: Start, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    access = Access(token=TOKEN, allow=("127.0.0.0/8",), trust_loopback=False)
    async with wyoming_client(*await start(access)) as client:
        await send_access(client, token=WRONG)
        await send_access(client, token=WRONG)
        await client.say(SPEECH)
        answer = await client.answer()

    assert answer.data["text"] == WORDS
    (line,) = [record.message for record in caplog.records if "in clear text" in record.message]
    assert line.startswith("a client at 127.0.0.1, which needs no access token, sent one")


async def test_a_refused_utterance_is_answered_once_and_the_connection_stays_open(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        await client.say(SPEECH)
        await client.write("no-such-event")
        await client.say(SPEECH)
        await client.chunk(CHUNK)  # an utterance without audio-start
        await client.chunk(CHUNK)
        await client.write("audio-stop")
        await client.write("audio-stop")
        await client.write("ping")
        await client.write("select-program", name="offline")
        refused = [await client.raw.read_event() for _ in range(6)]
        await try_token(client, TOKEN)
        await client.write("ping")
        after = await client.raw.read_event()

    assert [event.data["code"] for event in refused] == ["access_denied"] * 6
    assert after.type == "pong"


async def test_a_proof_in_the_middle_of_an_utterance_gives_access_to_the_next_one(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        await client.say(CHUNK, stop=False)
        refused = await client.answer()
        await try_token(client, TOKEN)
        await client.chunk(CHUNK)
        await client.write("audio-stop")
        await client.say(SPEECH)
        answer = await client.answer()

    assert refused.data["code"] == "access_denied"
    assert answer.data["text"] == WORDS


async def test_the_error_says_that_a_token_is_wrong_and_no_log_line_holds_a_secret(
    guarded, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with wyoming_client(*guarded) as client:
            refused = await try_token(client, WRONG)
            await client.write("describe")
            described = await client.raw.read_event()
            theirs = await asked_nonce(client)
            proof = client_proof(TOKEN, NONCE, theirs)
            await send_access(client, version=1, proof=proof)
            await client.write("ping")
            await client.read("pong")

    assert refused.data["code"] == "access_denied"
    assert refused.data["text"].startswith("the access token is wrong. ")
    assert described.data == refused.data
    secrets = (TOKEN, WRONG, NONCE, theirs, proof)
    assert not [each for each in secrets if each in caplog.text + str(refused.data)]


async def test_a_forwarded_proof_of_a_client_that_expects_another_bridge_gives_no_access(
    guarded, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    async with wyoming_client(*guarded) as relay:
        theirs = await asked_nonce(relay)
        proof = client_proof(TOKEN, NONCE, theirs, place="10300\n192.0.2.1")
        await send_access(relay, version=1, proof=proof, host="192.0.2.1", port=10300)
        assert is_proof_of(TOKEN, (await relay.raw.read_event()).data, theirs)
        await relay.write("describe")
        assert (await relay.raw.read_event()).data["code"] == "access_denied"
    assert "its client expects a bridge at another address" in caplog.text


async def test_after_a_wrong_proof_the_next_one_of_the_address_waits_on_every_connection(
    guarded, wyoming_client
) -> None:
    now = asyncio.get_running_loop().time
    async with wyoming_client(*guarded) as guesser, wyoming_client(*guarded) as other:
        began = now()
        await try_token(guesser, WRONG)
        proved = await try_token(other, TOKEN)
        took_s = now() - began

    assert proved.type == "wyoming-bridge-access"
    assert took_s >= RETRY_S


async def test_many_right_proofs_at_once_do_not_wait_for_each_other(
    guarded, wyoming_client
) -> None:
    async with AsyncExitStack() as clients:
        satellites = [
            await clients.enter_async_context(wyoming_client(*guarded)) for _ in range(100)
        ]
        proved = await asyncio.gather(*(try_token(each, TOKEN) for each in satellites))

    assert {event.type for event in proved} == {"wyoming-bridge-access"}


async def test_a_flood_of_guesses_from_the_same_address_does_not_keep_the_right_client_out(
    guarded, wyoming_client
) -> None:
    async with AsyncExitStack() as clients:
        guessers = [await clients.enter_async_context(wyoming_client(*guarded)) for _ in range(8)]
        for guesser in guessers:
            await asked_nonce(guesser)
            await send_access(guesser, version=1, proof=NO_PROOF)

        is_in = asyncio.Event()

        async def guess_on(guesser) -> None:
            await guesser.answer()
            while not is_in.is_set():
                await try_token(guesser, WRONG)

        async with wyoming_client(*guarded) as client, asyncio.TaskGroup() as guessing:
            for guesser in guessers:
                guessing.create_task(guess_on(guesser))
            proved = await try_token(client, TOKEN)
            is_in.set()

    assert proved.type == "wyoming-bridge-access"


async def test_a_client_that_leaves_while_its_next_proof_waits_leaves_no_trace(
    guarded, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    async with wyoming_client(*guarded) as guesser:
        await try_token(guesser, WRONG)
        await asked_nonce(guesser)
        await send_access(guesser, version=1, proof=NO_PROOF)
    async with wyoming_client(*guarded) as client:
        proved = await try_token(client, TOKEN)

    assert proved.type == "wyoming-bridge-access"
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1


async def test_proofs_that_are_sent_together_are_checked_one_after_the_other(
    guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        for _ in range(2):
            await send_access(client, version=1, nonce=NONCE)
            await send_access(client, version=1, proof=NO_PROOF)
        answers = [await client.raw.read_event() for _ in range(4)]

    assert [event.type for event in answers] == ["wyoming-bridge-access", "error"] * 2


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (b'{"token": 5}', "access_denied", "none was sent"),
        (b"{}", "access_denied", "none was sent"),
        (b'{"token": null}', "access_denied", "none was sent"),
        (b'{"token": "\\ud800"}', "access_denied", "in clear text"),
        (b'{"version": 2, "nonce": "00"}', "invalid_request", "must be 1, got 2"),
        (b'{"version": 1, "nonce": "00"}', "invalid_request", "64 lower-case hexadecimal digits"),
        (b'{"version": 1, "proof": {}}', "invalid_request", "of another type (dict)"),
    ],
)
async def test_an_invalid_message_is_refused_with_an_error(
    data: bytes, code: str, message: str, guarded, wyoming_client
) -> None:
    async with wyoming_client(*guarded) as client:
        writer = client.raw._writer  # noqa: SLF001 - the library sends only valid events
        writer.write(b'{"type": "wyoming-bridge-access", "data": ' + data + b"}\n")
        refused = await client.answer()

    assert refused.data["code"] == code
    assert message in refused.data["text"]


async def test_a_client_that_tries_again_and_again_is_logged_once(
    guarded, speak, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await speak(guarded, CHUNK)

    (line,) = [r for r in caplog.records if r.levelno >= logging.INFO and "refused" in r.message]
    assert line.message.startswith("refused a client at 127.0.0.1, ")


@pytest.mark.parametrize("data", [{"version": 1, "nonce": NONCE}, {"token": TOKEN}])
async def test_with_an_allow_list_but_no_token_other_clients_get_an_error(
    data: dict[str, object], start: Start, wyoming_client
) -> None:
    address = await start(Access(allow=("192.0.2.0/24",), trust_loopback=False))
    async with wyoming_client(*address) as client:
        await send_access(client, **data)
        refused = await client.answer()

    assert refused.data["code"] == "address_not_listed"
    assert "address is not on the allow list" in refused.data["text"]


async def test_a_bridge_proves_the_token_to_a_listed_client_too(
    start: Start, wyoming_client
) -> None:
    access = Access(token=TOKEN, allow=("127.0.0.0/8",), trust_loopback=False)
    async with wyoming_client(*await start(access)) as client:
        wrong = await try_token(client, WRONG)
        right = await try_token(client, TOKEN)
        await client.say(SPEECH)
        answer = await client.answer()

    assert wrong.data["code"] == "access_denied"
    assert right.type == "wyoming-bridge-access"
    assert answer.data["text"] == WORDS


@pytest.mark.parametrize("access", [Access(), Access(allow=("127.0.0.1",))])
async def test_a_bridge_without_a_token_reports_that_it_has_none(
    access: Access, start: Start, wyoming_client
) -> None:
    async with wyoming_client(*await start(access)) as client:
        await send_access(client, version=1, nonce=NONCE)
        answered = await client.raw.read_event()
        await client.say(SPEECH)
        answer = await client.answer()

    assert answered.data == {"version": 1, "token": False}
    assert answer.data["text"] == WORDS


async def test_an_open_bridge_ignores_a_token_in_clear_text(start: Start, wyoming_client) -> None:
    async with wyoming_client(*await start(Access())) as client:
        await send_access(client, token=TOKEN)
        await client.say(SPEECH)
        answer = await client.answer()

    assert answer.data["text"] == WORDS
