"""The programs of one attack, and the bystander who uses them meanwhile."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack
from enum import Enum
from pathlib import Path
from typing import Final, TypedDict

from .logs import problems_in_log
from .programs import ROOT, Program, program
from .report import Figures
from .tls import RSA, self_signed
from .wire import BALANCER, HOUSE, STRANGER, Client

__all__ = ["Scene", "Stage"]

_TOKEN: Final = "bench-0123456789abcdef0123456789"  # noqa: S105 - made up


class Spoken(TypedDict):
    """What the bystander found, as its process prints it."""

    pings_ms: list[float]
    whole: int
    spoken: int
    problems: list[str]


class Stage(Enum):
    """What runs when an attack begins."""

    NOTHING = "nothing"
    """Nothing runs. The attack itself starts the programs that it needs."""
    BRIDGE = "bridge"
    """A bridge without a token, a local server with the scripted engine, and a bystander."""
    GUARDED = "guarded"
    """The same as ``BRIDGE`` with an access token, which programs on this machine need too."""
    SERVER = "server"
    """The same as ``BRIDGE``, but the bystander sends requests to the local server, not pings."""
    PAGE = "page"
    """The same as ``GUARDED`` with a page and a recorder. The bystander watches the page too."""
    TLS = "tls"
    """The same as ``BRIDGE`` with a certificate. The bystander's connections are encrypted."""
    BALANCED = "balanced"
    """The same as ``BRIDGE`` behind two balancers, at the bystander's address and ``BALANCER``."""
    STATUS = "status"
    """The same as ``BRIDGE`` with a status server, whose probes the bystander sends too."""


class Scene:
    """The programs of one attack."""

    token: str = _TOKEN

    def __init__(self, *, folder: Path, stack: AsyncExitStack, seconds: float) -> None:
        self.folder = folder
        self.seconds = seconds
        """How long a flood lasts."""
        self.secrets: set[str] = set()
        """Texts that must not be in any log."""
        self.certificate: Path | None = None
        """The bridge's certificate; None if its connections are not encrypted."""
        self.programs: list[Program] = []
        self._stack = stack
        self._bystander: Process | None = None
        self._spoken: tuple[Spoken, list[str]] | None = None
        self._ends_at = 0.0
        self._begun_at = 0.0

    @property
    def bridge(self) -> Program:
        """The bridge."""
        return next(each for each in self.programs if each.name == "bridge")

    @property
    def server(self) -> Program:
        """The local server."""
        return next(each for each in self.programs if each.name == "server")

    @property
    def goes_on(self) -> bool:
        """Whether the flood goes on. Its time starts with the first read of this property."""
        now = asyncio.get_running_loop().time()
        if not self._ends_at:
            self._ends_at = now + self.seconds
        return now < self._ends_at

    async def prepare(self, stage: Stage, *, serve: str) -> None:
        """Start the programs of a stage. ``serve`` is the configuration of the local server."""
        if stage is Stage.NOTHING:
            return
        has_page = stage is Stage.PAGE
        guarded = has_page or stage is Stage.GUARDED
        balancers = f"{HOUSE}, {BALANCER}"
        settings = {
            Stage.TLS: "tls: {certificate: certificate.pem, key: key.pem}",
            Stage.BALANCED: f"proxy_protocol: true\nproxy_from: [{balancers}]",
            Stage.STATUS: "status: 127.0.0.1:0",
        }.get(stage, "")
        if stage is Stage.TLS:
            self.certificate, _ = self_signed(self.folder, key=RSA)
        await self.start_server(serve)
        await self.start_bridge(
            guarded=guarded,
            has_page=has_page,
            has_status=stage is Stage.STATUS,
            settings=settings,
        )
        await self.start_bystander(
            guarded=guarded,
            asks_server=stage is Stage.SERVER,
            is_balanced=stage is Stage.BALANCED,
        )

    async def start(
        self,
        name: str,
        *arguments: str,
        max_files: tuple[int, int] | None = None,
        has_page: bool = False,
        has_status: bool = False,
        module: str = "wyoming_bridge",
        **variables: str,
    ) -> Program:
        """Start a program and wait until it listens."""
        started = self._stack.enter_context(
            program(
                name,
                arguments,
                folder=self.folder,
                max_files=max_files,
                variables=variables,
                module=module,
            )
        )
        self.programs.append(started)
        await asyncio.to_thread(
            started.wait_until_listening, has_page=has_page, has_status=has_status
        )
        started.begin()
        return started

    async def start_server(self, config: str = "", *, engine: str = "scripted") -> Program:
        """Start a local server, by default with the engine that makes up words."""
        path = self.folder / "serve.yaml"
        path.write_text(config or "{}")
        arguments = ("serve", "--port", "0", "--engine", engine, "--config", str(path))
        return await self.start("server", *arguments)

    async def start_bridge(
        self,
        *,
        guarded: bool = False,
        has_page: bool = False,
        has_status: bool = False,
        settings: str = "",
        profiles: str = "",
        max_files: tuple[int, int] | None = None,
    ) -> Program:
        """Start a bridge to the local server.

        ``settings`` and ``profiles`` are YAML with additional settings and profiles.
        """
        path = self.folder / "bridge.yaml"
        lines = ["listen: tcp://127.0.0.1:0", settings]
        if guarded:
            (self.folder / "token").write_text(self.token)
            (self.folder / "token").chmod(0o600)
            lines += ["access_token_file: token", "trust_loopback: false"]
            self.secrets.add(self.token)
        if has_page:
            lines += ["page: 127.0.0.1:0", "recorder: {folder: kept}"]
        url = f"ws://127.0.0.1:{self.server.port}"
        lines += [
            "profiles:",
            "  house:",
            f"    {{provider: reson8, url: '{url}', source: client, speculate_ms: 0}}",
            profiles,
        ]
        path.write_text("\n".join(lines))
        arguments = ("run", "--config", str(path))
        return await self.start(
            "bridge", *arguments, max_files=max_files, has_page=has_page, has_status=has_status
        )

    async def start_bystander(
        self,
        *,
        guarded: bool = False,
        asks_server: bool = False,
        is_balanced: bool = False,
        recording: Path | None = None,
        port: int = 0,
    ) -> None:
        """Start the bystander, and wait until it is ready. ``port`` is 0 for that of the bridge.

        For a real recogniser, the bystander speaks what is in ``recording``.
        """
        more = ["--token", self.token] if guarded else []
        more += ["--server-port", str(self.server.port)] if asks_server else []
        more += ["--page-port", str(self.bridge.page_port)] if self.bridge.page_port else []
        more += ["--status-port", str(self.bridge.status_port)] if self.bridge.status_port else []
        more += ["--certificate", str(self.certificate)] if self.certificate else []
        more += ["--balanced"] if is_balanced else []
        more += ["--recording", str(recording)] if recording else []
        self._bystander = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.attack.bystander",
            str(port or self.bridge.port),
            *more,
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
        )
        assert self._bystander.stdout is not None
        await self._bystander.stdout.readline()
        self._begun_at = asyncio.get_running_loop().time()

    async def connect(self, *, source: str = STRANGER, receive_bytes: int | None = None) -> Client:
        """Connect to the bridge."""
        return await Client.connect(self.bridge.port, source=source, receive_bytes=receive_bytes)

    async def dismiss_bystander(self) -> None:
        """Let the bystander finish its utterance and end, before the attack ends."""
        self._spoken = await self._hear_bystander()

    async def finish(self) -> tuple[Figures, list[str]]:
        """Stop all programs, and return the figures and the problems that were found."""
        spoken, problems = self._spoken or await self._hear_bystander()
        running = [each for each in self.programs if each.is_running]
        now = asyncio.get_running_loop().time()
        figures = Figures(
            pings_ms=spoken["pings_ms"],
            memory_mib=max((each.memory_mib for each in running), default=0),
            log_kb=max((each.log_kb for each in self.programs), default=None),
            duration_s=now - self._begun_at if self._begun_at else 0,
            whole=spoken["whole"],
            spoken=spoken["spoken"],
        )
        for each in reversed(self.programs):
            if not each.is_stopped:
                problems += await asyncio.to_thread(each.stop)
            problems += [
                f"{each.name}: {why}" for why in problems_in_log(each, secrets=self.secrets)
            ]
        return figures, problems

    async def _hear_bystander(self) -> tuple[Spoken, list[str]]:
        nothing = Spoken(pings_ms=[], whole=0, spoken=0, problems=[])
        bystander = self._bystander
        if bystander is None:
            return nothing, []
        try:
            async with asyncio.timeout(15):
                # In Python 3.11, communicate() closes the standard input only if it gets an input.
                output, _ = await bystander.communicate(b"")
            spoken = json.loads(output)
        except (TimeoutError, ValueError) as err:
            with contextlib.suppress(ProcessLookupError):
                bystander.kill()
            await bystander.wait()
            return nothing, [f"the bystander failed: {type(err).__name__}"]
        return spoken, list(dict.fromkeys(spoken["problems"]))
