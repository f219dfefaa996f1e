"""Prints each module that the integration imports while an event loop waits for it.

Home Assistant reports only some of these imports. Python imports this module at its start if
PYTHONPATH contains this folder.
"""

import sys

_INTEGRATION = "/custom_components/wyoming_bridge/"


def _is_in_event_loop() -> bool:
    running = getattr(sys.modules.get("asyncio.events"), "_get_running_loop", None)
    return running is not None and running() is not None


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """Report an import of a module that is not loaded yet; only for these there is an event."""
    if event != "import" or not _is_in_event_loop():
        return
    frame = sys._getframe()  # noqa: SLF001
    while frame.f_back:
        frame = frame.f_back
        place = frame.f_code.co_filename
        if _INTEGRATION in place:
            sys.stderr.write(f"loop import: {arguments[0]} at {place}:{frame.f_lineno}\n")
            return


sys.addaudithook(_watch)
