"""Recordings on the page, over real sockets."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from houses import house_in
from pages import TOKEN, Browser, browsing_page, page_config
from patience import PATIENCE_S
from recordings import NOW, a_recording, with_message
from wyoming_bridge.app.recordings import new_store
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.config import Access
from wyoming_bridge.house import House
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.recorder import Recording, Store

SPEECH = bytes([9, 3]) * 16_000
WORDS = " ".join(scripted_words(SPEECH))
ID = "1f2e"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with one recording, whose text is not what an engine recognises in its audio."""
    store = new_store(page_config(tmp_path, records=True))
    store.add(a_recording(ID), SPEECH, source=PCM_16K_MONO)
    return store


@pytest.fixture
async def browser(tmp_path: Path, store: Store) -> AsyncIterator[Browser]:
    assert store.folder.is_relative_to(tmp_path)  # the bridge reads this folder
    async with browsing_page(page_config(tmp_path, records=True)) as (browser, _):
        yield browser


async def test_the_list_has_the_newest_first_and_says_whether_it_grows(
    browser: Browser, store: Store
) -> None:
    store.add(a_recording("0a0b"), SPEECH, source=PCM_16K_MONO)

    status, answer = await browser.ask("GET", "recordings")

    assert status == 200
    assert isinstance(answer, dict)
    assert (answer["is_recording"], answer["failure"]) == (True, None)
    assert [each["id"] for each in answer["recordings"]] == [ID, "0a0b"]
    assert answer["recordings"][0] == {
        "id": ID,
        "began_at": NOW.isoformat(timespec="milliseconds"),
        "profile": "kitchen",
        "provider": "reson8",
        "client": "192.0.2.7",
        "via": "wyoming",
        "requested": "kitchen-1",
        "truth": None,
        "is_over": True,
        "audio_ms": 1000,
        "text": "turn on the light",
        "error": None,
        "why_ended": "260 ms of silence; 250 ms are enough after a complete command",
    }


async def test_a_recording_has_its_events_and_levels(browser: Browser) -> None:
    _, view = await browser.ask("GET", f"recordings/{ID}")

    assert isinstance(view, dict)
    assert [each["kind"] for each in view["events"]] == ["session_opened", "endpoint", "result"]
    assert len(view["levels"]["low"]) == len(view["levels"]["speech"]) == 50
    assert set(view["levels"]["speech"]) == {98}


async def test_the_audio_is_served_whole_and_in_parts(browser: Browser, store: Store) -> None:
    whole = store.find(ID).audio.read_bytes()
    async with browser.http.get(f"{browser.url}recordings/{ID}/audio") as answer:
        assert (answer.status, answer.content_type) == (200, "audio/flac")
        assert await answer.read() == whole
    part = {"Range": "bytes=10-19"}
    async with browser.http.get(f"{browser.url}recordings/{ID}/audio", headers=part) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
        assert await answer.read() == whole[10:20]
    url = f"{browser.url}recordings/{ID}/audio"
    async with browser.http.get(url, headers={"Range": "bytes=-7"}) as answer:
        assert (answer.status, await answer.read()) == (206, whole[-7:])
    async with browser.http.head(url) as answer:
        assert answer.headers["Content-Length"] == str(len(whole))


@pytest.mark.parametrize("part", ["bytes=99999999-", "bytes=9-2", "bytes=x", "lines=1-2"])
async def test_a_part_that_the_audio_does_not_have_is_refused(browser: Browser, part: str) -> None:
    status, answer = await browser.ask("GET", f"recordings/{ID}/audio", headers={"Range": part})

    assert status == 416
    assert isinstance(answer, dict)
    assert "Range must be a part of the file, which has" in answer["error"]


@pytest.mark.parametrize("pace", [{}, {"pace": "fast"}, {"pace": "2"}])
async def test_a_replay_transcribes_the_audio_again_and_keeps_nothing(
    pace: dict[str, str], browser: Browser, store: Store
) -> None:
    body = {"profile": "other", **pace}
    status, view = await browser.ask("POST", f"recordings/{ID}/replay", body=body)

    assert status == 200
    assert isinstance(view, dict)
    # The words of the scripted engine depend on the terms that it gets.
    with_terms = " ".join(scripted_words(SPEECH, bias_terms=["Küche"]))
    assert (view["text"], view["profile"]) == (with_terms, "The other one")
    assert with_terms != WORDS
    assert view["why_ended"] == "the client ended the audio"
    assert len(view["levels"]["low"]) == 50
    assert [each.id for each in store.kept()] == [ID]


async def test_what_was_really_said_is_stored_and_shown_on_other_pages(
    browser: Browser, store: Store
) -> None:
    async with browser.socket("live") as other:
        await other.receive_json()
        path = f"recordings/{ID}/truth"
        status, marked = await browser.ask("POST", path, body={"truth": " turn off the light "})
        assert (status, marked["truth"]) == (200, "turn off the light")
        assert await other.receive_json(timeout=PATIENCE_S) == {
            "kind": "recorded",
            "recording": marked,
        }
        assert store.find(ID).read().truth == "turn off the light"

        _, marked = await browser.ask("POST", path, body={"truth": " "})
        assert (marked["truth"], store.find(ID).read().truth) == ("", "")
        _, marked = await browser.ask("POST", path, body={"truth": None})
        assert (marked["truth"], store.find(ID).read().truth) == (None, None)


@pytest.mark.parametrize("with_audio", ["", "?audio=0"])
async def test_an_export_is_a_zip_file_without_the_address_of_the_client(
    with_audio: str, browser: Browser
) -> None:
    async with browser.http.get(f"{browser.url}recordings/{ID}/export{with_audio}") as answer:
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{ID}.zip"'
        exported = zipfile.ZipFile(io.BytesIO(await answer.read()))

    assert ("audio.flac" in exported.namelist()) is not bool(with_audio)
    assert json.loads(exported.read("recording.json"))["client"] is None


@pytest.mark.parametrize(("query", "house"), [("", None), ("?house=1", house_in("de"))])
async def test_an_export_has_the_names_of_the_house_only_on_request(
    query: str, house: House | None, browser: Browser, store: Store
) -> None:
    store.add(replace(a_recording("0a0c"), house=house_in("de")), SPEECH, source=PCM_16K_MONO)
    async with browser.http.get(f"{browser.url}recordings/0a0c/export{query}") as answer:
        exported = zipfile.ZipFile(io.BytesIO(await answer.read()))

    assert Recording.from_json(exported.read("recording.json")).house == house


async def test_an_export_has_no_token_of_the_configuration(tmp_path: Path) -> None:
    config = page_config(tmp_path, records=True, access=Access(token=TOKEN))
    said = with_message(a_recording(ID), f"the service said {TOKEN} by mistake")
    new_store(config).add(said, SPEECH, source=PCM_16K_MONO)
    async with (
        browsing_page(config) as (browser, _),
        browser.http.get(f"{browser.url}recordings/{ID}/export") as answer,
    ):
        exported = zipfile.ZipFile(io.BytesIO(await answer.read()))

    content = exported.read("recording.json").decode()
    assert "the service said (removed) by mistake" in content
    assert TOKEN not in content


async def test_a_deleted_recording_is_gone_from_all_pages(browser: Browser, store: Store) -> None:
    async with browser.socket("live") as other:
        await other.receive_json()
        assert (await browser.ask("DELETE", f"recordings/{ID}"))[0] == 204

        assert await other.receive_json(timeout=PATIENCE_S) == {"kind": "deleted", "ids": [ID]}
    assert store.kept() == []


async def test_all_recordings_can_be_deleted(browser: Browser, store: Store) -> None:
    store.add(a_recording("0a0b"), SPEECH, source=PCM_16K_MONO)

    assert (await browser.ask("DELETE", "recordings"))[0] == 204
    assert store.kept() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "recordings/0000"),
        ("GET", "recordings/0000/audio"),
        ("GET", "recordings/0000/export"),
        ("GET", "recordings/..%2f..%2fstate/audio"),
        ("POST", "recordings/0000/truth"),
        ("POST", "recordings/0000/replay"),
        ("DELETE", "recordings/0000"),
    ],
)
async def test_a_recording_that_does_not_exist_is_named(
    method: str, path: str, browser: Browser
) -> None:
    status, answer = await browser.ask(method, path, body={"truth": "x", "profile": "other"})

    assert status == 404
    assert isinstance(answer, dict)
    assert answer["error"].startswith('no recording "')


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("truth", {"truth": 3}, "truth must be a string"),
        ("truth", {}, "truth is missing"),
        ("truth", {"truth": "x" * 2001}, "truth must have at most 2000 characters"),
        ("truth", "no object", "not a JSON object"),
        ("replay", {}, "profile must be a string"),
        ("replay", {"profile": "other", "pace": "slow"}, 'pace must be "realtime", "fast" or a'),
        ("replay", {"profile": "none"}, "no profile named 'none'; available: scripted, other"),
    ],
)
async def test_a_request_that_is_wrong_says_what_is_allowed(
    path: str, body: object, problem: str, browser: Browser
) -> None:
    status, answer = await browser.ask("POST", f"recordings/{ID}/{path}", body=body)

    assert status == 400
    assert isinstance(answer, dict)
    assert problem in answer["error"]


async def test_a_damaged_recording_is_left_out_and_does_not_hide_the_others(
    browser: Browser, store: Store
) -> None:
    store.add(a_recording("0a0b"), SPEECH, source=PCM_16K_MONO)
    (store.find("0a0b").folder / "recording.json").write_text("{")

    _, answer = await browser.ask("GET", "recordings")
    assert isinstance(answer, dict)
    assert [each["id"] for each in answer["recordings"]] == [ID]
    status, error = await browser.ask("GET", "recordings/0a0b")
    assert (status, "cannot be read" in str(error)) == (400, True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "audio.flac: "),
        (b"not FLAC" * 100, "audio.flac: "),
        (None, "cannot be found (ENOENT)"),
    ],
)
async def test_audio_that_cannot_be_read_is_named(
    content: bytes | None, problem: str, browser: Browser, store: Store
) -> None:
    audio = store.find(ID).audio
    audio.unlink()
    if content is not None:
        audio.write_bytes(content)

    status, answer = await browser.ask("GET", f"recordings/{ID}")
    assert status == 400
    assert isinstance(answer, dict)
    assert problem in answer["error"]


async def test_without_a_recorder_the_page_says_so(tmp_path: Path) -> None:
    async with browsing_page(page_config(tmp_path)) as (browser, _):
        _, answer = await browser.ask("GET", "recordings")
        assert answer == {"is_recording": False, "failure": None, "recordings": []}

        assert await browser.ask("GET", f"recordings/{ID}") == (
            404,
            {"error": "nothing is recorded; set recorder in the configuration"},
        )


async def test_what_a_client_says_is_shown_live_and_then_in_the_list(tmp_path: Path, speak) -> None:
    async with (
        browsing_page(page_config(tmp_path, records=True)) as (browser, address),
        browser.socket("live") as live,
    ):
        hello = await live.receive_json()
        await speak(address, SPEECH)
        messages = []
        while not messages or messages[-1]["kind"] != "recorded":
            messages.append(await live.receive_json(timeout=PATIENCE_S))

    assert [each["name"] for each in hello["profiles"]] == ["scripted", "other"]
    kinds = [each["kind"] for each in messages]
    assert (kinds[0], kinds[-2:]) == ("begin", ["end", "recorded"])
    assert messages[-2]["text"] == messages[-1]["recording"]["text"] == WORDS
    assert messages[0]["client"] == "127.0.0.1"
    assert (messages[0]["via"], messages[0]["requested"]) == ("wyoming", "scripted")
