"""A Chromium for tests that use a page as a person does."""

import asyncio
from pathlib import Path
from typing import Final

from needed import fail_or_skip

__all__ = ["ARGUMENTS", "STILL", "TAKE_PICTURES", "find_browser"]

_ROOT: Final = Path(__file__).resolve().parent.parent.parent

TAKE_PICTURES: Final = "WYOMING_BRIDGE_PICTURES"
"""The environment variable that makes tests write the screenshots of the docs."""

_INSTALL_TIMEOUT_S: Final = 600.0
"""A long time limit, because Debian's package and its dependencies are a download of 100 MB."""

ARGUMENTS: Final = (
    # Chromium would look for updates, but must only reach this machine.
    "--disable-domain-reliability",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

STILL: Final = """
Promise.allSettled(document.getAnimations({subtree: true}).map(each => each.finished))
"""
"""Waits until all animations have finished."""


async def find_browser() -> str:
    """Return the path of a Chromium, which may have to be installed first.

    Without Chromium, the test is skipped, or fails in continuous integration.
    """
    asking = await asyncio.create_subprocess_exec(
        str(_ROOT / "script" / "browser"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_INSTALL_TIMEOUT_S):
            path, messages = await asking.communicate()
    finally:
        if asking.returncode is None:
            asking.kill()
            await asking.wait()
    if asking.returncode:
        fail_or_skip(messages.decode(errors="replace").strip())
    return path.decode().strip()
