"""What a client requests for an utterance, such as the profile and the language."""

import json

import pytest

from patience import PATIENCE_S
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.house import RepairMode
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.transcriber import Limits

PARTIALS = {"wyoming_bridge": {"partials": True}}
SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))


async def test_a_request_applies_to_one_utterance_only(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", name="scriptix", context=PARTIALS)
        await client.write("audio-stop")
        await client.answer()
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.data["text"] == WORDS
    assert "context" not in answer.data  # only the first request had partials


async def test_an_invalid_language_is_an_invalid_request(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", language="x")
        await client.chunk(SPEECH)
        refused = await client.answer()

    assert refused.data["code"] == "invalid_request"
    assert "language" in refused.data["text"]


@pytest.mark.parametrize("name", list(ProviderName))
async def test_half_a_surrogate_pair_in_a_term_does_not_fail_the_utterance(
    name: str, bridge, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        request = {"name": name, "transcript_terms": ["K\u00fcche\ud800"]}
        client.write_bytes(json.dumps({"type": "transcribe", "data": request}).encode() + b"\n")
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.type == "transcript"


@pytest.mark.parametrize("language", ["auto", "AUTO", "", None])
async def test_the_language_auto_leaves_the_choice_to_the_profile(
    language: str | None, bridge, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", language=language, context=PARTIALS)
        await client.say_only(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.data["text"] == WORDS
    assert answer.data.get("language") != "auto"


@pytest.mark.parametrize("language", ["nl", "nl-BE", "xx", "klingon", "\ud800", "-", "e n"])
async def test_the_error_names_the_languages_of_the_profile(
    language: str, start_bridge, wyoming_client
) -> None:
    backend = LocalBackend(engine="scripted")
    listen = Address(host="127.0.0.1", port=0)
    profiles = (Profile(name="hall", backend=backend),)
    async with wyoming_client(*await start_bridge(Config(listen=listen, profiles=profiles))) as c:
        event = {"type": "transcribe", "data": {"language": language}}
        c.write_bytes(json.dumps(event).encode() + b"\n")
        refused = await c.answer()

    assert refused.data["code"] == "invalid_request"
    assert refused.data["text"].startswith("language: profile 'hall' does not know ")
    assert refused.data["text"].endswith("; available: en")


async def test_a_language_that_only_a_fallback_may_know_is_not_refused(
    service, start_bridge, wyoming_client
) -> None:
    settings = PROVIDERS[ProviderName.ELEVENLABS].settings(url=f"{service.url}/elevenlabs")
    local = LocalBackend(engine="scripted", protocol="elevenlabs")
    profiles = (
        Profile(name="p", backend=local, endpointing=RECORDING, fallback=("remote",)),
        Profile(name="remote", backend=settings),
    )
    listen = Address(host="127.0.0.1", port=0)
    address = await start_bridge(Config(listen=listen, profiles=profiles))
    async with wyoming_client(*address) as client:
        await client.write("transcribe", language="nl")
        await client.say_only(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.type == "transcript"


async def test_a_service_may_know_languages_that_are_not_listed(bridge, wyoming_client) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", name="reson8", language="klingon")
        refused = await client.answer()
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", name="scriptix", language="xh", context=PARTIALS)
        await client.say_only(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert refused.data["text"].endswith("available: en")  # that of the server's engine
    assert "does not know" not in answer.data["text"]


@pytest.mark.parametrize(
    ("house", "problem"),
    [
        ({"areas": [{"name": 5}]}, "house: areas[0].name: must be a text"),
        ("my house", "house: "),
    ],
)
async def test_an_invalid_house_is_an_invalid_request_that_names_the_key(
    bridge, wyoming_client, house: object, problem: str
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", context={"wyoming_bridge": {"house": house}})
        await client.chunk(SPEECH)
        refused = await client.answer()

    assert refused.data["code"] == "invalid_request"
    assert problem in refused.data["text"]


async def test_the_house_of_a_request_decides_the_completeness_of_the_text(
    bridge, wyoming_client
) -> None:
    house = {"sentences": [WORDS]}
    ours = {"partials": True, "house": house, "endpointing": {"source": "client"}}
    limits = Limits(interpret_s=PATIENCE_S)
    place = await bridge(repair=RepairMode.CAREFUL, limits=limits)
    async with wyoming_client(*place) as client:
        await client.write("transcribe", name="reson8", context={"wyoming_bridge": ours})
        await client.chunk(SPEECH)
        await client.write("audio-stop")
        answer = await client.answer()

    assert answer.data["text"] == WORDS
    assert answer.data["context"]["wyoming_bridge"]["completeness"] == "complete"


async def test_the_log_and_the_result_have_the_clients_id_of_the_utterance(
    bridge, wyoming_client, caplog: pytest.LogCaptureFixture
) -> None:
    context = {"wyoming_bridge": {"partials": True, "utterance_id": "kitchen-42"}}
    with caplog.at_level("INFO"):
        async with wyoming_client(*await bridge()) as client:
            await client.write("transcribe", context=context)
            await client.say_only(SPEECH)
            await client.write("audio-stop")
            answer = await client.answer()

    assert answer.data["context"]["wyoming_bridge"]["utterance_id"] == "kitchen-42"
    assert (
        "utterance kitchen-42: 1.0 s of audio (ended: the client ended the audio), " in caplog.text
    )


async def test_without_an_id_each_utterance_gets_its_own(bridge, wyoming_client) -> None:
    ids = set()
    async with wyoming_client(*await bridge()) as client:
        for _ in range(2):
            await client.write("transcribe", context=PARTIALS)
            await client.say_only(SPEECH)
            await client.write("audio-stop")
            answer = await client.answer()
            ids.add(answer.data["context"]["wyoming_bridge"]["utterance_id"])

    assert [len(each) for each in ids] == [8, 8]


@pytest.mark.parametrize("utterance_id", ["", "two words", "a\nb", "x" * 65, "é", 7, ["a"]])
async def test_an_id_that_does_not_belong_in_a_log_is_an_invalid_request(
    utterance_id: object, bridge, wyoming_client
) -> None:
    async with wyoming_client(*await bridge()) as client:
        await client.write("transcribe", context={"wyoming_bridge": {"utterance_id": utterance_id}})
        refused = await client.answer()

    assert refused.data["code"] == "invalid_request"
    assert "utterance_id must be 1 to 64 letters" in refused.data["text"]
