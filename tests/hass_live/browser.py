"""A simulated user at a browser, who reads Home Assistant's pages, clicks and types."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page, Route, ViewportSize, async_playwright
from playwright.async_api import TimeoutError as TooLateError

from chromium import ARGUMENTS, STILL, TAKE_PICTURES
from live_hass import PASSWORD, USERNAME
from patience import PATIENCE_S
from words import Words

__all__ = ["NotSeenError", "Person", "browsing", "person_at"]

_ROOT: Final = Path(__file__).parent.parent.parent

_PICTURES: Final = _ROOT / "docs" / "images" / "home-assistant"
"""The folder of the screenshots in the docs, with a subfolder per language."""

_WINDOW: Final = ViewportSize(width=1280, height=800)

_SEARCH: Final = ("Search for a brand name", "Search all brands and integrations")
"""The placeholder of the search for integrations, and the one in newer frontends."""

_COVERED_MS: Final = 10_000
"""How long a text may be covered by another element until it is clicked nevertheless."""

_LOCALES: Final = {"en": "en-US", "de": "de-DE"}
"""The browser's locale per language. Home Assistant guesses the country of the home from it."""

_COUNTRY: Final = (
    "We would like to know the country your home is in, so we can use the correct units."
)

_LEAVE_FIELD: Final = """
let active = document.activeElement;
while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
active?.blur();
"""

_NAME_OF_LANGUAGE: Final = """
([reader, language]) => new Intl.DisplayNames([reader], {type: "language"}).of(language)
"""

_NOTHING: Final = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


class NotSeenError(Exception):
    """A text is not on the page."""


class Person:
    """A user at the browser, who reads one language. Arguments are texts in that language."""

    def __init__(self, page: Page, words: Words) -> None:
        self._page = page
        self.words = words

    async def create_account(self, url: str) -> None:
        """Open a new Home Assistant, and complete its onboarding as the first user."""
        say = partial(self.words.home_assistant, within="page-onboarding")
        await self._page.goto(url)
        await self.press(say("Create my smart home"))
        await self.fill_in(say("Name"), "Test")
        await self.fill_in(say("Username"), USERNAME)
        await self.fill_in(say("Password"), PASSWORD)
        await self.fill_in(say("Confirm password"), PASSWORD)
        await self.press(say("Create account"))
        await self.sees(say("Home location"))
        await self.press(say("Next"))
        await self.sees(say(_COUNTRY))
        await self.press(say("Next"))
        await self.sees(say("Help us help you"))
        await self.press(say("Next"))
        await self.press(say("Finish"))
        await self._is_welcome()

    async def log_in(self, url: str) -> None:
        """Open Home Assistant's pages, and log in."""
        say = self.words.home_assistant
        await self._page.goto(url)
        await self.fill_in(say("Username"), USERNAME)
        await self.fill_in(say("Password"), PASSWORD)
        await self.press(say("Log in"))
        await self._is_welcome()

    async def _is_welcome(self) -> None:
        await self.sees(self.words.home_assistant("Welcome {user}", user="Test"))

    async def name_of(self, language: str) -> str:
        """Return the browser's name for a language, which Home Assistant shows too."""
        return str(await self._page.evaluate(_NAME_OF_LANGUAGE, [self.words.language, language]))

    async def go_to(self, *names: str) -> None:
        """Go to a page of the settings, by the names of the links that lead there."""
        for name in (self.words.home_assistant("Settings"), *names):
            await self.click(name)

    async def press(self, name: str) -> None:
        """Press a button, a link or the header of a section."""
        words = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")  # whole words: not "ok" in "book"
        button = self._page.get_by_role("button", name=words)
        await button.or_(self._page.get_by_role("link", name=words)).first.click()

    async def choose_for_account(self, action: str) -> None:
        """Choose from the menu of the first account on the page of an integration."""
        menu = self.words.home_assistant("Menu", within="ui.common")
        account = self._page.locator("ha-config-entry-row").first
        await account.get_by_role("button", name=menu, exact=True).first.click()
        await self._page.get_by_role("menuitem", name=action, exact=True).first.click()

    async def click(self, shown: str) -> None:
        """Click on a text."""
        text = self._page.get_by_text(shown, exact=True).first
        await text.wait_for()
        try:
            await text.click(timeout=_COVERED_MS)
        except TooLateError:
            # In newer frontends, the link around the text gets the click, which is as good.
            await text.click(force=True)

    async def follow(self, pattern: re.Pattern[str]) -> None:
        """Click on a link."""
        await self._page.get_by_role("link", name=pattern).click()

    async def fill_in(self, field: str, value: str) -> None:
        """Type into a field."""
        await self._field(field).fill(value)

    async def search_integration(self, name: str) -> None:
        """Type into the search for integrations."""
        await self._page.get_by_placeholder(self.words.either(*_SEARCH)).fill(name)

    async def pick(self, field: str, value: str) -> None:
        """Choose from a list with a search field."""
        opener = self._opener(field)
        await opener.click()
        search = self.words.home_assistant("Search")
        await self._page.get_by_placeholder(search, exact=True).fill(value)
        await self._page.get_by_role("option", name=value).first.click()
        await opener.filter(has_text=value).wait_for()

    async def open_list(self, field: str) -> None:
        """Open the list of a field, and leave it open."""
        await self._opener(field).click()
        await self._page.get_by_role("listbox").wait_for()

    async def choose(self, field: str, value: str) -> None:
        """Choose from a menu."""
        opener = self._opener(field)
        await opener.click()
        choice = self._page.get_by_role("menuitem", name=value)
        await choice.click()
        await choice.wait_for(state="hidden")
        await opener.filter(has_text=value).wait_for()

    async def misses(self, hidden: str) -> None:
        """Wait until a text is not shown."""
        await self._page.get_by_text(hidden, exact=True).first.wait_for(state="hidden")

    async def sees(self, shown: str) -> None:
        """Wait until a text is shown.

        Raises:
            NotSeenError: The text is not shown in time; the message contains the page.
        """
        try:
            await self._page.get_by_text(shown, exact=True).first.wait_for()
        except TooLateError as err:
            page = await self._page.locator("body").aria_snapshot()
            raise NotSeenError(f"{shown!r} is not on the page:\n{page}") from err

    async def sees_row(self, *cells: str) -> None:
        """Wait until a table has a row with these texts."""
        row = self._page.get_by_role("row")
        for cell in cells:
            row = row.filter(has_text=cell)
        await row.first.wait_for()

    async def has_in_view(self, shown: str) -> bool:
        """Return whether a text can be seen without scrolling."""
        box = await self._page.get_by_text(shown, exact=True).first.bounding_box()
        assert box is not None
        return box["y"] >= 0 and box["y"] + box["height"] <= _WINDOW["height"]

    async def gap_above(self, field: str, shown: str) -> float:
        """Return the distance of a text above a field, in pixels."""
        upper = await self._page.get_by_text(shown, exact=True).bounding_box()
        lower = await self._field(field).bounding_box()
        assert upper is not None
        assert lower is not None
        return lower["y"] - (upper["y"] + upper["height"])

    async def picture(self, name: str, *, height: int = _WINDOW["height"]) -> None:
        """Take a screenshot of the open dialog, or of the page if no dialog is open.

        Do nothing if the environment variable WYOMING_BRIDGE_PICTURES is not set.
        """
        if not os.environ.get(TAKE_PICTURES):
            return
        folder = _PICTURES / self.words.language
        folder.mkdir(parents=True, exist_ok=True)
        await self._page.set_viewport_size({"width": _WINDOW["width"], "height": height})
        # Take the pointer and the focus off all elements, so that no element is highlighted.
        await self._page.mouse.move(0, 0)
        await self._page.evaluate(_LEAVE_FIELD)
        await self._page.evaluate(STILL)
        shown = self._dialog if await self._dialog.count() else self._page
        await shown.screenshot(path=folder / f"{name}.png")
        await self._page.set_viewport_size(_WINDOW)

    @property
    def _dialog(self) -> Locator:
        return self._page.get_by_role("dialog").first  # an open list is a dialog in the dialog

    def _opener(self, field: str) -> Locator:
        name = re.compile(rf"^{re.escape(field)}( |$)")  # the chosen value may follow
        return self._page.get_by_role("button", name=name).first

    def _field(self, name: str) -> Locator:
        shown = re.compile(rf"^{re.escape(name)}\*?$")  # a required field has an asterisk
        number = self._page.get_by_role("spinbutton", name=shown)
        return self._page.get_by_role("textbox", name=shown).or_(number)


@asynccontextmanager
async def person_at(browser: str, url: str, language: str) -> AsyncIterator[Person]:
    """Open a browser with a user who is logged in to Home Assistant; see ``browsing``."""
    async with browsing(browser, language) as person:
        await person.log_in(url)
        yield person


@asynccontextmanager
async def browsing(browser: str, language: str) -> AsyncIterator[Person]:
    """Open a browser with a user.

    Args:
        browser: The path of a Chromium.
        language: The language of the browser, which Home Assistant's pages use too.
    """
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=list(ARGUMENTS))
        try:
            context = await chromium.new_context(
                viewport=_WINDOW,
                locale=_LOCALES[language],
                color_scheme="light",
                reduced_motion="reduce",
            )
            context.set_default_timeout(1000 * PATIENCE_S)
            await context.route("**/api/brands/**", _own_brand_only)
            yield Person(await context.new_page(), Words(language))
        finally:
            await chromium.close()


async def _own_brand_only(route: Route) -> None:
    """Replace other brands' images, which Home Assistant would download from the internet."""
    if "/wyoming_bridge/" in route.request.url:
        await route.continue_()
    else:
        await route.fulfill(body=_NOTHING, content_type="image/svg+xml")
