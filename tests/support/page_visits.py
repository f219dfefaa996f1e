"""A person visits the page of a bridge in a Chromium whose microphone plays a command."""

import tempfile
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import FrameLocator, Page, ViewportSize, async_playwright, expect

from chromium import ARGUMENTS, find_browser
from commands import SAMPLES
from patience import PATIENCE_S

__all__ = ["NAMED", "PHONE", "PLAY", "TEXT", "speak_by_keyboard", "visitor_at"]

_COMMAND: Final = "turn-off-lights-in-the-office"
TEXT: Final = "turn off lights in the office"
"""What the microphone hears."""

_DESKTOP: Final = ViewportSize(width=1000, height=800)
PHONE: Final = ViewportSize(width=390, height=844)

# The page forbids eval, which wait_for_function() needs if the condition is not true at once.
PLAY: Final = """player => new Promise(heard => {
  player.ontimeupdate = () => player.currentTime > 0 && heard();
  player.play();
})"""
"""Plays an audio element, and waits until it is heard."""

NAMED: Final = "voice.local"
"""A name of this machine to which browsers do not give the microphone without TLS."""


def _spoken(folder: Path) -> Path:
    """Write the microphone's audio: a second of silence, while the page opens it, and a command."""
    path = folder / "microphone.wav"
    with (
        wave.open(str(SAMPLES / "commands" / f"{_COMMAND}.wav")) as command,
        wave.open(str(path), "wb") as microphone,
    ):
        microphone.setparams(command.getparams())
        microphone.writeframes(bytes(2 * command.getframerate()))
        microphone.writeframes(command.readframes(command.getnframes()))
    return path


@asynccontextmanager
async def visitor_at(
    url: str,
    *,
    viewport: ViewportSize = _DESKTOP,
    microphone: bool = True,
    complaint: str | None = None,
) -> AsyncIterator[Page]:
    """Open the page in a browser.

    Errors in the browser's console fail the test, except errors that contain ``complaint``.
    """
    with tempfile.TemporaryDirectory() as folder:
        microphone_file = _spoken(Path(folder))
        arguments = [
            *ARGUMENTS[:-1],
            f"--host-resolver-rules=MAP {NAMED} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone_file}%noloop",
        ]
        errors: list[str] = []
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=await find_browser(), args=arguments
            )
            try:
                context = await chromium.new_context(
                    viewport=viewport,
                    locale="en-GB",
                    color_scheme="light",
                    reduced_motion="reduce",
                    permissions=["microphone"] if microphone else [],
                )
                context.set_default_timeout(1000 * PATIENCE_S)
                expect.set_options(timeout=1000 * PATIENCE_S)
                page = await context.new_page()
                page.on("pageerror", lambda error: errors.append(str(error)))
                page.on(
                    "console",
                    lambda message: (
                        errors.append(message.text) if message.type == "error" else None
                    ),
                )
                await page.goto(url)
                yield page
            finally:
                await chromium.close()
    assert [each for each in errors if complaint is None or complaint not in each] == []


async def speak_by_keyboard(page: Page | FrameLocator) -> None:
    """Press the button "Speak" with the keyboard."""
    await page.get_by_role("button", name="Speak").press("Enter")
