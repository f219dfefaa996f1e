"""The health check of a container: whether it succeeds, and why it fails."""

import json
import time
from collections.abc import Sequence
from typing import Final

from .patience import PATIENCE_S
from .podman import FailedError, Podman

__all__ = ["Health", "command_of"]

_HANGS: Final = "did not answer within"
"""What the health command prints if it has reached the bridge, and the bridge does not answer."""


def command_of(test: Sequence[str]) -> list[str]:
    """Return the command of an image's health check, as ``podman exec`` expects it.

    Raises:
        FailedError: The image has no health check, or one of an unknown kind.
    """
    match test:
        case ["CMD-SHELL", command]:
            return ["/bin/sh", "-c", command]
        case ["CMD", *words] if words:
            return list(words)
    raise FailedError(f"the image has no health check, but {list(test)}")


class Health:
    """The health check of one container.

    On a real machine, Podman runs the check, with the time limit in the image. Under emulation, the
    command's start alone can take longer than that. Then this class runs the image's command itself
    and gives it as much time as it needs. The command's own time limits, 5 s for each answer of the
    bridge, are still those of a real machine.
    """

    def __init__(self, podman: Podman, container: str, *, is_emulated: bool) -> None:
        """Prepare the check of a container, which does not have to exist yet."""
        self._podman = podman
        self._container = container
        self._is_emulated = is_emulated

    def expect_healthy(self) -> str:
        """Check that the health check succeeds. Return how long it took.

        Under emulation, the command is repeated, because a bridge that works can need more than 5 s
        for an answer.

        Raises:
            FailedError: The health check failed.
        """
        gives_up_at = time.monotonic() + PATIENCE_S
        tries = 0
        while True:
            began = time.monotonic()
            tries += 1
            try:
                self._check()
            except FailedError as err:
                is_answer = err.code == 1  # other codes: the command or the container has no answer
                if not (self._is_emulated and is_answer and time.monotonic() < gives_up_at):
                    raise
            else:
                took = f"takes {time.monotonic() - began:.1f} s"
                return f"{took}, after {tries} tries" if tries > 1 else took

    def expect_unhealthy(self) -> None:
        """Check that the health check fails, because the bridge does not answer.

        Raises:
            FailedError: The health check succeeds, or fails for another reason.
        """
        if not self._is_emulated and self._podman.succeeds("healthcheck", "run", self._container):
            raise FailedError("the health check succeeds, although the bridge hangs")
        try:
            self._run_command()
        except FailedError as err:
            if err.code == 1 and _HANGS in str(err):
                return
            raise
        raise FailedError("the health command succeeds, although the bridge hangs")

    def _check(self) -> None:
        if self._is_emulated:
            self._run_command()
        else:
            self._podman("healthcheck", "run", self._container)

    def _run_command(self) -> None:
        [shown] = json.loads(self._podman("inspect", "--type=container", self._container))
        command = command_of(shown["Config"].get("Healthcheck", {}).get("Test", []))
        self._podman("exec", self._container, *command, limit_s=PATIENCE_S)
