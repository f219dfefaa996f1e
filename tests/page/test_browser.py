"""A person uses the page in a browser, with a microphone that plays a recorded command.

With WYOMING_BRIDGE_PICTURES=1, the tests also replace the screenshots in docs/images/page/.
"""

import asyncio
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from chromium import STILL, TAKE_PICTURES
from commands import SAMPLES
from pages import ANY_PORT, TOKEN, browsing_page, page_config
from patience import PATIENCE_S
from recordings import a_recording, add
from wyoming_bridge.app.recordings import new_store
from wyoming_bridge.config import Access, Config, LocalBackend, Profile
from wyoming_bridge.config.home import load_house
from wyoming_bridge.recorder import Recording

pytest.importorskip("playwright", reason="the group browser is not installed")
pytest.importorskip("axe_playwright_python", reason="the group browser is not installed")

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, WebSocketRoute, expect

from page_visits import NAMED, PHONE, PLAY, TEXT, speak_by_keyboard, visitor_at

pytestmark = pytest.mark.once

WORDS = [
    {"text": "turn", "confidence": 0.97, "kind": "word"},
    {"text": "on", "confidence": 0.6, "kind": "word"},
    {"text": " ", "kind": "spacing"},
    {"text": "the", "confidence": 0.2, "kind": "word"},
    {"text": "light", "kind": "word"},
]

PICTURES = Path(__file__).parents[2] / "docs" / "images" / "page"

SAID = re.compile(TEXT.replace(" in ", " (in|and) "), re.IGNORECASE)
"""The command, or what Moonshine writes ("and"), if a busy machine repairs it too late."""


def house_config(state: Path) -> Config:
    profiles = tuple(
        Profile(name=engine, backend=LocalBackend(engine=engine))
        for engine in ("moonshine", "pocketsphinx")
    )
    config = page_config(state, records=True, profiles=profiles)
    return replace(config, house=load_house(SAMPLES / "house.yaml", key="house"))


def a_result(recording_id: str, *, said: str | None = None, **values: object) -> Recording:
    """Return a recording whose result has these values, and was repaired if ``said`` is given."""
    repaired = {"said": said, "repair": "sounds like it"} if said else {}
    recording = a_recording(recording_id)
    (*before, result) = recording.events
    changed = replace(result, values={**result.values, **values, **repaired})
    return replace(recording, events=[*before, changed])


async def picture(page: Page, name: str) -> None:
    """Take a screenshot for the docs if WYOMING_BRIDGE_PICTURES is set."""
    if os.environ.get(TAKE_PICTURES):
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.evaluate(STILL)
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def barriers(page: Page) -> list[str]:
    """Return the accessibility problems that axe finds in the dark and light colours."""
    found = []
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.evaluate(STILL)
        result = await Axe().run(page)
        found += [
            f"{scheme}: {each['id']}: {node['html']}"
            for each in result.response["violations"]
            for node in each["nodes"]
        ]
    return found


async def test_a_person_speaks_and_sees_the_words_and_why_the_utterance_ended(
    tmp_path: Path,
) -> None:
    async with (
        browsing_page(house_config(tmp_path)) as (browser, _),
        visitor_at(browser.url) as page,
    ):
        await expect(page.get_by_text("Nothing is being said.")).to_be_visible()
        await speak_by_keyboard(page)
        now = page.locator("#live article")
        await expect(page.get_by_text("Speak now.")).to_be_visible()
        await expect(now.locator(".said .partial")).not_to_have_text("Listening …")
        await picture(page, "1-speaking")

        await expect(now.locator(".said")).to_contain_text(SAID)
        # On a busy machine, the text may come too late to end the pause early.
        await expect(now).to_contain_text(
            re.compile(
                r"Ended: \d+ ms of silence; "
                r"(250 ms are enough after a complete command|600 ms are enough)"
            )
        )
        await expect(now).to_contain_text("silence before the endpoint")
        await expect(now.get_by_role("img")).to_have_accessible_name(
            re.compile(
                r"Timeline of \d\.\d s of audio, first words at .*, end of speech at .*, endpoint"
            )
        )
        await expect(page.locator("#announcer")).to_contain_text(
            re.compile(rf"{SAID.pattern}\.* Ended: ", re.IGNORECASE)
        )
        # The button is released, so the next utterance can begin.
        await expect(page.get_by_role("button", name="Speak")).to_have_attribute(
            "aria-pressed", "false"
        )
        await now.get_by_text("messages of the service").click()
        await expect(now.get_by_role("list")).to_contain_text("bytes of audio")
        await now.get_by_text("messages of the service").click()
        await picture(page, "2-result")
        assert await barriers(page) == []


async def test_a_person_plays_replays_and_marks_what_was_recorded(tmp_path: Path) -> None:
    config = house_config(tmp_path)
    async with browsing_page(config) as (browser, _), visitor_at(browser.url) as page:
        await speak_by_keyboard(page)
        row = page.get_by_role("region", name="Past utterances").locator("details.past")
        await expect(row).to_contain_text(SAID)
        await row.locator("summary").first.click()
        await row.locator("audio").evaluate(PLAY)

        await row.get_by_label("Profile of the replay").select_option("pocketsphinx")
        await row.get_by_role("button", name="Replay").click()
        replay = row.locator(".replays article")
        await expect(replay).to_contain_text("Replay through pocketsphinx")
        await expect(replay.locator(".said")).not_to_be_empty()
        await row.get_by_label("Profile of the replay").select_option("moonshine")
        await row.get_by_role("button", name="Replay").click()
        await expect(replay).to_have_count(2)

        # The page must show the entered text as text, and not use it as HTML.
        truth = "<img src=x onerror=alert(1)> turn off"
        await row.get_by_label("Really said").fill(truth)
        await row.get_by_role("button", name="Save").click()
        await expect(row.locator("summary").first).to_contain_text(f"really: {truth}")
        (kept,) = new_store(config).kept()
        assert kept.read().truth == truth
        await row.get_by_label("Really said").fill("turn off lights in the office")
        await row.get_by_role("button", name="Save").click()
        await expect(row.locator("summary").first).to_contain_text("really: turn off lights in the")
        await picture(page, "3-past")
        await row.get_by_role("button", name="Nothing was said").click()
        await expect(row.locator("summary").first).to_contain_text("really: nothing was said")
        await row.get_by_role("button", name="Remove note").click()
        await expect(row.locator("summary").first).not_to_contain_text("really:")
        assert await barriers(page) == []

        async with page.expect_download() as download:
            await row.get_by_role("link", name="Export", exact=True).click()
        assert (await download.value).suggested_filename == f"{kept.id}.zip"

        page.on("dialog", lambda dialog: dialog.accept())
        await row.get_by_role("button", name="Delete").click()
        await expect(row).to_have_count(0)
        assert new_store(config).kept() == []


async def test_on_a_phone_the_page_fits_and_the_button_can_be_held(tmp_path: Path) -> None:
    async with (
        browsing_page(house_config(tmp_path)) as (browser, _),
        visitor_at(browser.url, viewport=PHONE) as page,
    ):
        button = page.get_by_role("button", name="Speak")
        await button.hover()
        await page.mouse.down()
        words = page.locator("#live .said .partial")
        await expect(words).not_to_have_text("Listening …")
        await page.mouse.up()
        await expect(page.locator("#live article")).to_contain_text(re.compile("Ended: .*audio"))
        await page.locator("details.past summary").first.click()
        await expect(page.get_by_label("Really said")).to_be_visible()

        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert await barriers(page) == []
        await page.emulate_media(color_scheme="dark")
        await picture(page, "4-phone")


async def test_captions_show_what_is_said(tmp_path: Path, speak, sample) -> None:
    async with (
        browsing_page(house_config(tmp_path)) as (browser, address),
        visitor_at(f"{browser.url}captions") as page,
    ):
        await speak(address, sample("something"))

        await expect(page.locator("#caption")).to_have_text(
            re.compile("go somewhere", re.IGNORECASE)
        )
        await picture(page, "5-captions")
        assert await barriers(page) == []


FAILS = {"kind": "end", "is_over": True, "error": "the service is away"}


async def test_captions_say_why_there_is_no_text_and_disappear(tmp_path: Path) -> None:
    async with (
        browsing_page(page_config(tmp_path)) as (browser, _),
        visitor_at(f"{browser.url}captions") as page,
    ):
        await page.clock.install()
        await page.add_init_script(
            "window.asked = []; Object.defineProperty(navigator, 'wakeLock',"
            " {value: {request: async what => { window.asked.push(what); }}});"
        )
        live: asyncio.Queue[WebSocketRoute] = asyncio.Queue()

        def opened(socket: WebSocketRoute) -> None:  # Playwright takes no built-in method
            live.put_nowait(socket)

        await page.route_web_socket("**/live", opened)
        await page.reload()
        async with asyncio.timeout(PATIENCE_S):
            socket = await live.get()
        caption = page.locator("#caption")
        said = {"kind": "text", "text": "turn on", "settled": "turn"}
        assert await page.evaluate("window.asked") == ["screen"]
        socket.send(json.dumps({"kind": "begin", "id": "1f2e"}))
        socket.send(json.dumps({"kind": "event", "id": "1f2e", "event": said}))
        await expect(caption).to_have_text("turn on")
        await page.clock.fast_forward(30_000)
        await expect(caption).to_have_text("turn on")  # the utterance is not over

        lost = {"kind": "error", "code": "connection_lost", "text": FAILS["error"]}
        socket.send(json.dumps({"kind": "event", "id": "1f2e", "event": lost}))
        socket.send(json.dumps({"id": "1f2e", **FAILS}))
        await expect(caption).to_have_text("The connection to the service was lost")
        assert await barriers(page) == []
        await page.clock.fast_forward(21_000)
        await expect(caption).to_be_empty()

        silent = {"kind": "result", "text": ""}
        socket.send(json.dumps({"kind": "begin", "id": "0a0b"}))
        socket.send(json.dumps({"kind": "event", "id": "0a0b", "event": silent}))
        await expect(caption).to_have_text("No words")
        socket.send(json.dumps({"kind": "begin", "id": "2c3d"}))
        socket.send(json.dumps({"id": "2c3d", **FAILS}))
        await expect(caption).to_have_text("No transcript")


async def test_words_show_how_sure_the_service_is_and_what_was_replaced(tmp_path: Path) -> None:
    config = page_config(tmp_path, records=True)
    store = new_store(config)
    add(store, a_result("1f2e", text="turn on the light", words=WORDS))
    add(store, a_result("0a0b", text="turn on the TV", words=WORDS, said="turn on the teevee"))
    async with browsing_page(config) as (browser, _), visitor_at(browser.url) as page:
        await expect(page.locator("details.past")).to_have_count(2)
        for row in await page.locator("details.past > summary").all():
            await row.click()
        cards = page.locator("details.past article")

        words = cards.nth(0).locator(".said > span")
        await expect(words).to_have_text(["turn", "on (unsure)", "the (doubtful)", "light"])
        await expect(cards.nth(0).locator(".doubtful")).to_have_attribute("title", "20 % sure")
        await expect(cards.nth(1).locator(".said")).to_have_text("turn on the TV")
        await expect(cards.nth(1)).to_contain_text("Heard: turn on the teevee (sounds like it)")
        assert await barriers(page) == []


async def test_a_page_that_lost_the_bridge_says_so_and_comes_back(tmp_path: Path) -> None:
    config = page_config(tmp_path)
    async with browsing_page(config) as (browser, _):
        port = int(browser.url.rstrip("/").rpartition(":")[2])
        async with visitor_at(browser.url, complaint="ERR_CONNECTION_REFUSED") as page:
            await expect(page.get_by_label("Profile")).to_contain_text("The other one")
            await browser.app.stop()
            await expect(page.get_by_text("Not connected to the bridge")).to_be_visible()
            again = replace(config, page=replace(ANY_PORT, address=f"127.0.0.1:{port}"))
            async with browsing_page(again):
                await expect(page.locator("#connection")).to_be_hidden()


async def refuse(route: Route) -> None:
    await route.fulfill(status=403, json={"error": "no"})


async def test_a_person_logs_in_where_the_browser_gives_no_microphone(tmp_path: Path) -> None:
    config = page_config(
        tmp_path, page=replace(ANY_PORT, hosts=(NAMED,)), access=Access(token=TOKEN)
    )
    async with browsing_page(config) as (browser, _):
        url = browser.url.replace("127.0.0.1", NAMED)
        async with visitor_at(url, complaint="403 (Forbidden)") as page:
            assert await barriers(page) == []
            await page.get_by_label("Access token").fill("the-wrong-token")
            await page.get_by_role("button", name="Log in").click()
            await expect(page.get_by_role("alert")).to_have_text("the access token is wrong")
            await page.get_by_label("Access token").fill(TOKEN)
            await page.keyboard.press("Enter")

            await expect(page.get_by_role("button", name="Speak")).to_be_disabled()
            await expect(page.locator("#talk-status")).to_contain_text("only for pages of this")
            await expect(page.locator("#past-note")).to_contain_text("Nothing is recorded.")
            assert await barriers(page) == []
            await page.route("**/logout", refuse)
            await page.get_by_role("button", name="Log out").click()
            await expect(page.locator("#connection")).to_have_text("You are not logged out: no")
            await page.unroute("**/logout")
            await page.get_by_role("button", name="Log out").click()
            await expect(page.get_by_label("Access token")).to_be_visible()


async def test_a_microphone_that_is_not_allowed_is_explained(tmp_path: Path) -> None:
    async with (
        browsing_page(page_config(tmp_path)) as (browser, _),
        visitor_at(browser.url, microphone=False) as page,
    ):
        await speak_by_keyboard(page)

        await expect(page.locator("#talk-status")).to_contain_text("does not allow this page")
