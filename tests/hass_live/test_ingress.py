"""A person uses the page of the app in Home Assistant, through the real view of its ingress."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import FrameLocator, expect

from ingress import SESSION, TOKEN, IngressSupervisor
from live_hass import ENVIRONMENT
from page_visits import PLAY, speak_by_keyboard, visitor_at
from pages import browsing_page, page_config
from programs import Program, free_port
from wyoming_bridge.app.recordings import new_store
from wyoming_bridge.page import guard
from wyoming_bridge.page.settings import PageSettings

VIEW = Path(__file__).with_name("ingress_view.py")

INGRESS = PageSettings(address="127.0.0.1:0", ingress=True)


@pytest.fixture(autouse=True)
def _supervisor_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page accept the test's Supervisor, which is on this machine."""
    monkeypatch.setattr(guard, "SUPERVISOR", "127.0.0.1")


@asynccontextmanager
async def page_in_home_assistant(folder: Path) -> AsyncIterator[tuple[FrameLocator, set[str]]]:
    """Yield the page in a frame of Home Assistant, and the set of paths that were requested."""
    port = free_port()
    async with (
        browsing_page(page_config(folder, page=INGRESS, records=True)) as (app, _),
        IngressSupervisor(app.url) as supervisor,
        Program(
            str(ENVIRONMENT / "bin" / "python"),
            str(VIEW),
            str(port),
            supervisor.host,
            TOKEN,
            SESSION,
            output=folder / "view.log",
            ready=re.compile("Running on"),
            env={"PYTHONPATH": ""},
        ),
        visitor_at(f"http://127.0.0.1:{port}/") as page,
    ):
        yield page.frame_locator("iframe"), supervisor.paths


async def test_the_page_works_below_the_path_of_the_ingress_without_a_login(tmp_path: Path) -> None:
    async with page_in_home_assistant(tmp_path) as (page, paths):
        await speak_by_keyboard(page)
        said = page.locator("#live .said")
        await expect(said).to_contain_text(re.compile("[a-z]+"))
        await expect(page.get_by_text("Speak now.")).to_be_visible()
        await expect(said).not_to_contain_text("Listening")
        await speak_by_keyboard(page)

        row = page.locator("details.past")
        await row.locator("summary").first.click()
        await row.locator("audio").evaluate(PLAY)
        await row.get_by_label("Profile of the replay").select_option("other")
        await row.get_by_role("button", name="Replay").click()
        await expect(row.locator(".replays article")).to_contain_text("through The other one")
        await row.get_by_label("Really said").fill("lights")
        await row.get_by_role("button", name="Save").click()
        await expect(row.locator("summary").first).to_contain_text("really: lights")
        (kept,) = new_store(page_config(tmp_path)).kept()
        assert kept.read().truth == "lights"
        await expect(page.get_by_role("button", name="Log out")).to_be_hidden()

        await page.get_by_role("link", name="Captions").click()
        await expect(page.locator("#connection")).to_be_hidden()
        await expect(page.get_by_role("heading", name="Captions")).to_be_attached()

    assert {"", "live", "microphone", "captions", f"recordings/{kept.id}/audio"} <= paths
