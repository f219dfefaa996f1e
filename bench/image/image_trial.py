"""Tries the container images. ``bench.image`` runs this module in new namespaces.

The network of the containers has no connection to any other network, so nothing can be downloaded,
and a step that succeeds also works offline.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ..processes import ProcessTree
from .patience import LONGEST_LIMITS, PATIENT_PROFILE
from .podman import IMAGE, ROOT, SLIM_IMAGE
from .trial import SAID, SAMPLE, Trial, exit_code_of, expect

_BRIDGE: Final = "trial_wyoming-bridge_1"
"""The name that podman-compose gives the container: the project ``trial`` and the service."""

_URI: Final = "tcp://127.0.0.1:10300"

_SCRIPTED: Final = (
    "rabbit clay moon coach ivory marble eagle jam castle brush grape ivory duck pencil gravel"
)
"""The words that the scripted engine derives from the sample's bytes, the same on any machine."""

_SCRIPTED_PROFILE: Final = (
    f"profiles: {{scripted: {{provider: local, engine: scripted, {LONGEST_LIMITS}}}}}\n"
)

_TOKEN: Final = "trial-token-of-the-local-server"  # noqa: S105 - it is made up


class _Trial(Trial):
    """The trial of the container images."""

    def steps(self) -> Sequence[Callable[[], str]]:
        """Return the steps, in their order."""
        return (
            self.starts_as_compose_says,
            self.has_no_rights,
            self.is_healthy,
            self.transcribes_offline,
            self.is_unhealthy_while_it_hangs,
            self.stops_in_order,
            self.transcribes_with_the_scripted_engine,
            *(() if self.is_emulated else (self.slim_image_uses_a_service,)),
        )

    def starts_as_compose_says(self) -> str:
        """Start the bridge, and wait until it listens."""
        began = time.monotonic()
        override = self._more_patience() if self.is_emulated else None
        self.podman.compose("up", "--detach", "--no-build", override=override)
        self.wait_for_line("Listening at", container=_BRIDGE)
        return f"listens after {time.monotonic() - began:.1f} s"

    def _more_patience(self) -> Path:
        """Return a file for compose that lets the bridge wait longer for its recogniser."""
        config = self.folder / "patient.yaml"
        config.write_text(PATIENT_PROFILE)
        command = "run --uri tcp://0.0.0.0:10300 --config /patient.yaml"
        service = {"command": command, "volumes": [f"{config}:/patient.yaml:ro"]}
        override = self.folder / "compose.yaml"
        override.write_text(json.dumps({"services": {"wyoming-bridge": service}}))
        return override

    def has_no_rights(self) -> str:
        """Check that the bridge is not root, has no capability, and writes only where allowed."""
        status = self._in_bridge("cat", "/proc/1/status")
        for field, expected in (("Uid", "10300"), ("CapBnd", "0" * 16), ("NoNewPrivs", "1")):
            found = re.findall(rf"^{field}:\s+(\S+)", status, re.MULTILINE)
            expect(field, found, [expected])
        mounts = [line.split() for line in self._in_bridge("cat", "/proc/1/mounts").splitlines()]
        devices = {"/dev", "/proc", "/sys"}  # the kernel's own mounts, which keep no files
        writable = {
            place
            for _, place, _, options, *_ in mounts
            if "rw" in options.split(",")
            and not any(place == each or place.startswith(f"{each}/") for each in devices)
        }
        expect("writable", writable, {"/data", "/tmp"})  # noqa: S108 - compose allows these
        return "user 10300, no capabilities, writes only to /data and /tmp"

    def is_healthy(self) -> str:
        """Check that the health check succeeds."""
        return self.health_of(_BRIDGE).expect_healthy()

    def transcribes_offline(self) -> str:
        """Send the sample to the bridge's published port, and check the text."""
        tree = ProcessTree(self.pid(_BRIDGE))
        tree.look()
        idle_mib = tree.peak_rss_kib / 1024
        began = time.monotonic()
        expect("text", self._transcribed("--uri", _URI, "--pace", "fast"), SAID)
        took_s = time.monotonic() - began
        tree.look()
        memory = f"{idle_mib:.0f} MiB idle and {tree.peak_rss_kib / 1024:.0f} MiB after it"
        return f"{SAID!r} after {took_s:.1f} s; {memory}"

    def is_unhealthy_while_it_hangs(self) -> str:
        """Check that the health check fails while the bridge does not answer, and only then."""
        health = self.health_of(_BRIDGE)
        self.podman("kill", "--signal", "STOP", _BRIDGE)
        health.expect_unhealthy()
        self.podman("kill", "--signal", "CONT", _BRIDGE)
        return f"and healthy again afterwards; that check {health.expect_healthy()}"

    def stops_in_order(self) -> str:
        """Check that the bridge ends with code 0 when its container is stopped."""
        found = self.stop(_BRIDGE)
        self.podman.compose("down", "--volumes")
        return found

    def transcribes_with_the_scripted_engine(self) -> str:
        """Check that all bytes of the audio arrive: the scripted engine's words depend on each."""
        config = self.folder / "scripted.yaml"
        config.write_text(_SCRIPTED_PROFILE)
        volume = f"--volume={config}:/scripted.yaml:ro"
        options = ("--config", "/scripted.yaml", "--pace", "fast")
        expect("text", self._transcribed(*options, volume=volume), _SCRIPTED)
        return "word for word"

    def slim_image_uses_a_service(self) -> str:
        """Check that the image without engines transcribes with a service in the full image."""
        token = self.folder / "token"
        token.write_text(f"{_TOKEN}\n")
        volume = f"--volume={token}:/token:ro"
        server = self._start("service", IMAGE, volume, "serve", "--token-file", "/token")
        self.wait_for_line("Serving", container=server)
        bridge = self._start(
            "slim", SLIM_IMAGE, volume, "run", "--uri", _URI, "--provider", "reson8",
            "--token-file", "/token", "--url", "ws://127.0.0.1:8765/reson8",
        )  # fmt: skip
        self.wait_for_line("Listening at", container=bridge)
        expect("text", self._transcribed("--uri", _URI, "--pace", "fast"), SAID)
        tree = ProcessTree(self.pid(bridge))
        tree.look()
        self.podman("stop", bridge, server)
        return f"{tree.peak_rss_kib / 1024:.0f} MiB"

    def _start(self, name: str, image: str, volume: str, *command: str) -> str:
        """Start a container in the network of this process."""
        options = ("--detach", "--read-only", "--cap-drop=all", "--network=host", volume)
        self.podman("run", "--name", name, *options, image, *command)
        return name

    def _transcribed(self, *options: str, volume: str = "--tmpfs=/tmp") -> str:
        """Transcribe the sample with a container in the network of this process."""
        samples = f"--volume={ROOT / 'samples'}:/samples:ro"
        run_options = ("--read-only", "--network=host", samples, volume)
        return self.transcribed(*run_options, IMAGE, "transcribe", SAMPLE, *options)

    def _in_bridge(self, *command: str) -> str:
        return self.podman("exec", _BRIDGE, *command)


if __name__ == "__main__":
    sys.exit(exit_code_of(_Trial(Path(sys.argv[1]), sys.argv[2])))
