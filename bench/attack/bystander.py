"""Plays a person in the house who speaks during an attack, and measures how the bridge answers.

    python -m bench.attack.bystander PORT [--token TOKEN] [--server-port PORT] [--page-port PORT]
        [--status-port PORT] [--certificate FILE] [--balanced] [--recording FILE]

The bystander is a separate process, so that the attackers' work does not delay its measurements.
It pings the bridge every 50 ms, and speaks one utterance after another at the pace of speech. At
the end of its standard input, it finishes the current utterance and prints what it found. With
``--page-port``, the page must show each utterance, and other people must be able to open the page.
With ``--status-port``, each probe of the status must be answered. With ``--certificate``, the
bystander's connections are encrypted, and with ``--balanced``, they begin with a PROXY header. With
``--recording``, it speaks what is in that file, for a real recogniser. The text of its first
utterance, before the attack begins, is what it expects from then on.
"""

import argparse
import asyncio
import json
import ssl
import sys
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wyoming_bridge.local.engines.scripted import scripted_words

from .prober import Prober
from .programs import ROOT
from .tls import TlsClient, trusting
from .watcher import Watcher
from .wire import HOUSE, Client, encode

__all__ = ["PROFILE"]

PROFILE: Final = "house"

_PING_S: Final = 0.05
_CHUNK_MS: Final = 20
_UTTERANCE_MS: Final = 1600
"""The duration of an utterance: eight words of the scripted engine."""

_ANSWER_S: Final = 8.0
_HANDSHAKE_S: Final = 5.0
_LIMIT_S: Final = 120.0

_SAMPLE: Final = ROOT / "samples" / "something.wav"

_HEADER: Final = b"PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300\r\n"
"""What a balancer sends first on a connection of the bystander."""


@dataclass
class Found:
    """What the bystander found."""

    pings_ms: list[float] = field(default_factory=list)
    whole: int = 0
    spoken: int = 0
    problems: list[str] = field(default_factory=list)


class Bystander:
    """One person, with a connection for pings and one for each utterance."""

    def __init__(
        self,
        *,
        port: int,
        token: str | None = None,
        server_port: int | None = None,
        page_port: int | None = None,
        status_port: int | None = None,
        tls: ssl.SSLContext | None = None,
        is_balanced: bool = False,
        recording: Path | None = None,
    ) -> None:
        self._port = port
        self._page_port = page_port
        self._watcher: Watcher | None = None
        self._token = token
        self._server_port = server_port
        self._status_port = status_port
        self._tls = tls
        self._is_balanced = is_balanced
        self._is_over = asyncio.Event()
        self.found = Found()
        self._text = ""
        self._recording = recording
        if recording:
            with wave.open(str(recording)) as sample:
                self._pcm = sample.readframes(sample.getnframes())
            return
        with wave.open(str(_SAMPLE)) as sample:
            sample.readframes(8000)  # the silence before the speech
            self._pcm = sample.readframes(_UTTERANCE_MS * 16)
        self._text = " ".join(scripted_words(self._pcm))

    async def run(self) -> None:
        """Ping and speak until the standard input ends."""
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin.fileno(), self._is_over.set)  # readable only when it ends
        loop.call_later(_LIMIT_S, self._is_over.set)
        if self._recording:
            self._text = await self._speak("bystander-0")
            if not self._text:
                raise RuntimeError("the recogniser understands nothing")
        if self._page_port is None:
            print("ready", flush=True)
            await asyncio.gather(self._speak_on(), self._ping_on(), self._probe_on())
        else:
            async with Watcher(
                port=self._page_port, token=self._token or "", problems=self.found.problems
            ) as self._watcher:
                print("ready", flush=True)
                visits = self._watcher.visit_on(self._is_over)
                await asyncio.gather(self._speak_on(), self._ping_on(), visits)
        loop.remove_reader(sys.stdin.fileno())

    async def _probe_on(self) -> None:
        if self._status_port is not None:
            prober = Prober(port=self._status_port, problems=self.found.problems)
            await prober.probe_on(self._is_over)

    async def _speak_on(self) -> None:
        while not self._is_over.is_set():
            self.found.spoken += 1
            utterance_id = f"bystander-{self.found.spoken}"
            try:
                text = await self._speak(utterance_id)
            except (OSError, ValueError) as err:  # TimeoutError is an OSError
                text = f"{type(err).__name__}: {err}"
            if text == self._text:
                self.found.whole += 1
                if self._watcher:
                    await self._watcher.check_shown(utterance_id, text)
            else:
                self.found.problems.append(f"a bystander's utterance ended with: {text[:120]}")
                await asyncio.sleep(0.2)

    async def _speak(self, utterance_id: str) -> str:
        context = {"wyoming_bridge": {"utterance_id": utterance_id}}
        async with await self._connected() as client:
            await client.send(
                encode("transcribe", name=PROFILE, context=context),
                encode("audio-start", rate=16000, width=2, channels=1),
            )
            begin = time.monotonic()
            size = 32 * _CHUNK_MS
            for at in range(0, len(self._pcm), size):
                await client.send(
                    encode(
                        "audio-chunk", self._pcm[at : at + size], rate=16000, width=2, channels=1
                    )
                )
                await asyncio.sleep(max(0.0, begin + (at + size) / 32_000 - time.monotonic()))
            await client.send(encode("audio-stop"))
            answer = await client.answer("transcript", "error", within_s=_ANSWER_S)
        if answer is None:
            return "the connection ended without an answer"
        if answer.type == "error":
            raise ValueError(answer.data.get("text"))
        return str(answer.data.get("text"))

    async def _ping_on(self) -> None:
        client: Client | None = None
        begin = time.monotonic()
        while not self._is_over.is_set():
            try:
                # The bridge may close a connection without an utterance to make room for another
                # client. Then the time of the ping includes the time for a new connection.
                if client is None or not await self._is_answered(client):
                    client = None
                    client = await self._connected_for_pings()
                    if not await self._is_answered(client):
                        raise ConnectionError("the new connection was closed")
            except OSError:
                client = None
                await asyncio.sleep(_PING_S)
            else:
                await self._note(begin)
                begin = time.monotonic()
        if client is None:
            self.found.pings_ms.append((time.monotonic() - begin) * 1000)

    async def _connected_for_pings(self) -> Client:
        if self._server_port is None:
            return await self._connected()
        return await Client.connect(self._server_port, source=HOUSE)

    async def _is_answered(self, client: Client) -> bool:
        """Return whether a ping was answered before the connection ended."""
        if self._server_port is not None:
            return await self._ask_server(client)
        try:
            await client.send(encode("ping"))
            answer = await client.answer("pong")
        except ConnectionError:
            answer = None
        if answer is None:
            client.close()
        return answer is not None

    async def _ask_server(self, client: Client) -> bool:
        """Return whether a request was answered before the connection ended."""
        request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{self._server_port}\r\n\r\n"
        try:
            await client.send(request.encode())
            answer = await client.read()
        except ConnectionError:
            answer = b""
        if b" 200 " not in answer:
            client.close()
        return b" 200 " in answer

    async def _note(self, begin: float) -> None:
        took_s = time.monotonic() - begin
        self.found.pings_ms.append(took_s * 1000)
        await asyncio.sleep(max(0.0, _PING_S - took_s))

    async def _connected(self) -> Client:
        client = await TlsClient.connect(self._port, source=HOUSE)
        try:
            if self._is_balanced:
                await client.send(_HEADER)
            if self._tls is not None:
                async with asyncio.timeout(_HANDSHAKE_S):
                    await client.shake_hands(self._tls)
            await self._prove(client)
        except BaseException:
            client.close()
            raise
        return client

    async def _prove(self, client: Client) -> None:
        """Prove that the bystander knows the token, if the bridge has one."""
        if self._token is None:
            return
        answer = await client.prove(self._token)
        if answer is None or "proof" not in answer.data:
            raise ConnectionError(f"a right proof was refused: {answer}")


def main() -> None:
    """Run until the standard input ends, and print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--token")
    parser.add_argument("--server-port", type=int)
    parser.add_argument("--page-port", type=int)
    parser.add_argument("--status-port", type=int)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--balanced", action="store_true")
    parser.add_argument("--recording", type=Path)
    options = parser.parse_args()

    async def run() -> Found:
        bystander = Bystander(
            port=options.port,
            token=options.token,
            server_port=options.server_port,
            page_port=options.page_port,
            status_port=options.status_port,
            tls=trusting(options.certificate) if options.certificate else None,
            is_balanced=options.balanced,
            recording=options.recording,
        )
        await bystander.run()
        return bystander.found

    print(json.dumps(vars(asyncio.run(run()))), flush=True)


if __name__ == "__main__":
    main()
