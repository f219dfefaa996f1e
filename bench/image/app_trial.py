"""Runs the image of the Home Assistant app as the Supervisor does, in its own network.

``bench.image`` runs this module. A container of the same image plays the Supervisor. Home
Assistant's base image is not available without a registry, so Debian's packages and ``s6/init``
stand in for it. s6-overlay itself is therefore not tried. In the last step, a real Home Assistant
uses the app.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ..processes import ProcessTree
from .patience import PATIENCE_S, PATIENT_PROFILE
from .podman import APP_IMAGE, ROOT, run
from .trial import SAID, SAMPLE, Trial, exit_code_of, expect

_APP: Final = "app"
_HOST: Final = "0a1b2c3d-wyoming-bridge"
"""A hostname like those that the Supervisor gives to apps."""

_TOKEN: Final = "token-of-the-supervisor"  # noqa: S105 - it is made up

_TEST: Final = "tests/hass_live/trial_of_app.py"

_ENVIRONMENTS: Final = (".venv-3.14", ".venv-hass")
"""The environments that ``_TEST`` needs."""

_PYTHON: Final = "/opt/wyoming-bridge/bin/python"
_SERVICE: Final = "/run/service/wyoming-bridge"

_STOP_LIMIT_S: Final = 10
"""Less than the 40 s in ``app/config.yaml``, because no utterance is under way."""

_PATIENT: Final = "patient.yaml"
"""The name of the configuration file of an emulated app."""


class _Trial(Trial):
    """The trial of the app's image."""

    def __init__(self, folder: Path, arch: str) -> None:
        super().__init__(folder, arch)
        self._data = folder / "app-data"
        self._config = folder / "app-config"
        self._data.mkdir()
        self._config.mkdir()

    def steps(self) -> Sequence[Callable[[], str]]:
        """Return the steps, in their order."""
        return (
            self.starts,
            self.announces_itself,
            self.knows_the_house,
            self.gives_up_the_rights_of_root,
            self.shows_the_page_only_to_the_supervisor,
            self.is_healthy,
            self.transcribes_offline,
            self.is_unhealthy_while_it_hangs,
            self.stops_in_order,
            self.starts_with_a_file_and_the_same_id,
            self.ends_with_the_code_of_a_wrong_option,
            self.ends_with_the_code_of_a_killed_bridge,
            self.lets_lights_obey_in_home_assistant,
        )

    def starts(self) -> str:
        """Start the Supervisor and the app, and wait until the app listens."""
        self.podman(
            *("run", "--detach", "--name", "supervisor", "--network=host"),
            f"--volume={ROOT / 'bench' / 'image'}:/image:ro",
            f"--volume={ROOT / 'tests' / 'support'}:/support:ro",
            "--env=PYTHONPATH=/support",
            f"--entrypoint={_PYTHON}",
            *(APP_IMAGE, "/image/supervisor.py", _TOKEN),
        )
        self.wait_for_line("ready", container="supervisor")
        began = time.monotonic()
        if self.is_emulated:
            (self._config / _PATIENT).write_text(PATIENT_PROFILE)
            self._start_app(provider="local", config_file=_PATIENT)
        else:
            self._start_app(provider="local", token="", language="")
        self.wait_for_line("Listening at tcp://*:10300", container=_APP)
        return f"listens after {time.monotonic() - began:.1f} s"

    def announces_itself(self) -> str:
        """Wait for the announcement, and check it."""
        self.wait_for_line("announced to the integration wyoming", container=_APP)
        log = self.podman.log("supervisor")
        expect("announced", f"tcp://{_HOST}:10300" in log, True)
        return f"as {_HOST}"

    def knows_the_house(self) -> str:
        """Wait until the bridge knows the names of the house, although no setting contains them."""
        self.wait_for_line("the house was read from Home Assistant at supervisor", container=_APP)
        return "from the Supervisor's Home Assistant"

    def gives_up_the_rights_of_root(self) -> str:
        """Check that the bridge's user has no capabilities, and owns the files of the bridge."""
        pid = self._in_app("s6-svstat", "-o", "pid", _SERVICE).strip()
        status = self._in_app("cat", f"/proc/{pid}/status")
        uid = self._in_app("id", "--user", "bridge").strip()
        for field, expected in (("Uid", uid), ("CapEff", "0" * 16), ("CapPrm", "0" * 16)):
            found = re.findall(rf"^{field}:\s+(\S+)", status, re.MULTILINE)
            expect(field, found, [expected])
        owner = self._in_app("stat", "--format=%U %a", "/data/state").strip()
        expect("owner of the state", owner, "bridge 700")
        return f"user {uid}, no capabilities"

    def shows_the_page_only_to_the_supervisor(self) -> str:
        """Check that the page is at the ingress port, and refuses clients except the Supervisor."""
        config = (ROOT / "app" / "config.yaml").read_text()
        (port,) = re.findall(r"^ingress_port: (\d+)$", config, re.MULTILINE)
        limit_s = PATIENCE_S if self.is_emulated else 10
        answer = self._in_app(
            _PYTHON,
            "-c",
            "import http.client\n"
            f"page = http.client.HTTPConnection('127.0.0.1', {port}, timeout={limit_s})\n"
            "page.request('GET', '/')\n"
            "answer = page.getresponse()\n"
            "print(answer.status, answer.read().decode())",
        )
        expect("status", answer.partition(" ")[0], "403")
        expect("reason", "only to Home Assistant's ingress" in answer, True)
        return f"at port {port}"

    def is_healthy(self) -> str:
        """Check that the health check succeeds."""
        return self.health_of(_APP).expect_healthy()

    def transcribes_offline(self) -> str:
        """Send the sample to the app's port, and check the text."""
        tree = ProcessTree(self.pid(_APP))
        tree.look()
        idle_mib = tree.peak_rss_kib / 1024
        began = time.monotonic()
        text = self.transcribed(
            "--network=host", f"--volume={ROOT / 'samples'}:/samples:ro",
            "--entrypoint=/opt/wyoming-bridge/bin/wyoming-bridge", APP_IMAGE,
            "transcribe", SAMPLE, "--uri", "tcp://127.0.0.1:10300", "--pace", "fast",
        )  # fmt: skip
        took_s = time.monotonic() - began
        tree.look()
        expect("text", text, SAID)
        memory = f"{idle_mib:.0f} MiB idle and {tree.peak_rss_kib / 1024:.0f} MiB after it"
        return f"{SAID!r} after {took_s:.1f} s; {memory}"

    def is_unhealthy_while_it_hangs(self) -> str:
        """Check that the health check fails while the bridge does not answer, and only then."""
        health = self.health_of(_APP)
        self._signal("-p")
        health.expect_unhealthy()
        self._signal("-c")
        return f"and healthy again afterwards; that check {health.expect_healthy()}"

    def stops_in_order(self) -> str:
        """Check that the container ends with code 0 when the Supervisor stops it."""
        return self.stop(_APP, limit_s=_STOP_LIMIT_S)

    def starts_with_a_file_and_the_same_id(self) -> str:
        """Start the app with a configuration file, and check that its state was kept."""
        bridge_id = (self._data / "state" / "bridge-id").read_text()
        path = self._config / "bridge.yaml"
        path.write_text(
            "access_token_file: bridge.token\n"
            "profiles: {test: {provider: local, engine: scripted}}\n"
        )
        secret = self._config / "bridge.token"
        secret.write_text("0123456789abcdef0123456789abcdef\n")
        secret.chmod(0o600)  # only root can read it
        self._start_app(provider="local", config_file="bridge.yaml", log_level="debug")
        self.wait_for_line("(profiles: test)", container=_APP)
        self.wait_for_line("an access token, which the integration wyoming", container=_APP)
        self.health_of(_APP).expect_healthy()
        self.stop(_APP, limit_s=_STOP_LIMIT_S)
        expect("id", (self._data / "state" / "bridge-id").read_text(), bridge_id)
        return "reads a token that only root can read"

    def ends_with_the_code_of_a_wrong_option(self) -> str:
        """Check that a wrong option ends the container, so that the Supervisor shows a failure."""
        self._start_app(provider="reson8", token="")
        self.wait_for_end(_APP)
        expect("exit code", self.exit_code(_APP), "2")
        log = self.podman.log(_APP)
        expect("lines", log.count("token: must not be empty, because reson8 needs a token"), 1)
        return "exit code 2 and one line"

    def ends_with_the_code_of_a_killed_bridge(self) -> str:
        """Check that the container ends, with the signal's exit code, when its bridge is killed."""
        self._start_app(provider="local")
        self.wait_for_line("Listening at", container=_APP)
        self._signal("-k")
        self.wait_for_end(_APP)
        expect("exit code", self.exit_code(_APP), "137")
        return "exit code 137"

    def lets_lights_obey_in_home_assistant(self) -> str:
        """Let a real Home Assistant use the app, with each of the two integrations."""
        if not all((ROOT / name / "bin").exists() for name in _ENVIRONMENTS):
            return f"not tried, because script/setup has not made {' and '.join(_ENVIRONMENTS)}"
        if self.is_emulated:
            return "not tried, because Home Assistant does not wait as long as qemu needs"
        self.podman("rm", "--force", "supervisor", _APP)
        self._write_options(provider="local")
        began = time.monotonic()
        run(
            [
                str(ROOT / ".venv-3.14/bin/pytest"),
                *("-q", "-c", "tests/hass_live/pytest.ini", "--tb=short", _TEST),
            ],
            env={
                **self.podman.env,
                "PYTHONPATH": str(ROOT),
                "WYOMING_BRIDGE_APP": json.dumps(["podman", "run", "--rm", *self._app()]),
                "WYOMING_BRIDGE_APP_TOKEN": _TOKEN,
            },
            limit_s=PATIENCE_S,
        )
        return f"with both integrations, in {time.monotonic() - began:.0f} s"

    def _start_app(self, **options: str) -> None:
        """Start the app with options, as the Supervisor does."""
        self._write_options(**options)
        self.podman("run", "--detach", *self._app())

    def _write_options(self, **options: str) -> None:
        path = self._data / "options.json"
        path.write_text(json.dumps(options))
        path.chmod(0o600)

    def _app(self) -> list[str]:
        """Return the arguments of ``podman run`` for the app."""
        return [
            "--replace",  # there may be a container of an earlier step
            *("--name", _APP, "--network=host", "--entrypoint=/init", f"--hostname={_HOST}"),
            "--add-host=supervisor:127.0.0.1",
            f"--env=SUPERVISOR_TOKEN={_TOKEN}",
            f"--volume={self._data}:/data",
            f"--volume={self._config}:/config:ro",
            APP_IMAGE,
        ]

    def _in_app(self, *command: str) -> str:
        return self.podman("exec", _APP, *command)

    def _signal(self, option: str) -> None:
        """Send the bridge a signal, which is given as an option of ``s6-svc``."""
        self._in_app("s6-svc", option, _SERVICE)


if __name__ == "__main__":
    sys.exit(exit_code_of(_Trial(Path(sys.argv[1]), sys.argv[2])))
