"""A provider for tests: client and server of a minimal protocol.

It follows the same contract as the real providers, and the same tests check it. On the wire, audio
is binary. All other messages are text: a kind, a colon and a value.

- from the client: ``flush:ID``, ``finish:``
- from the service: ``ready:SESSION``, ``partial:TEXT``, ``final:TEXT``, ``flushed:ID``,
  ``finished:``, ``failed:TEXT``
"""

from collections import deque
from typing import Final

from ..audio import PCM_16K_MONO
from ..capabilities import Capabilities
from ..errors import ServiceError
from ..events import FinalText, FlushDone, PartialText, State, Unrecognised
from ..providers.base import ClientBase
from ..providers.contract import CloseCode, ConnectRequest, HttpAnswer, Message
from ..providers.lifecycle import Transition
from ..providers.server_base import ServerBase
from ..providers.server_request import ServerRequest
from ..providers.serving import Close, End, Feed, Flush

__all__ = ["SCRIPTED_CAPABILITIES", "ScriptedClient", "ScriptedServer"]

_PROVIDER: Final = "scripted"

SCRIPTED_CAPABILITIES: Final = Capabilities(
    partials=True,
    flush=True,
    flush_ids=True,
    word_times=False,
    confidence=False,
    stability=False,
    speakers=False,
    server_vad=False,
    url_source=False,
    bias_terms=0,
    binary_audio=True,
    min_flush_ms=0,
    max_segment_ms=None,
    languages=("en",),
)


class ScriptedClient(ClientBase):
    """Sans-I/O client of one session."""

    provider = _PROVIDER
    capabilities = SCRIPTED_CAPABILITIES

    def __init__(self, *, url: str = "ws://127.0.0.1/scripted", token: str | None = None) -> None:
        super().__init__()
        self._url = url
        self._token = token

    def connect(self) -> ConnectRequest:
        """Return the request to open the websocket."""
        self.transition(Transition.CONNECT)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return ConnectRequest(url=self._url, shown_url=self._url, headers=headers)

    def on_open(self, *, now: float) -> None:
        """Do nothing, because the service sends ``ready`` first."""

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send the audio unchanged."""
        self.write(pcm)

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Send the flush with its id."""
        self.write(f"flush:{flush_id}")

    def on_finish(self, *, now: float) -> None:
        """Request the last final text. The service sends ``finished`` after it."""
        self.write("finish:")

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        kind, colon, rest = message.partition(":")
        match kind:
            case _ if not colon:
                raise self.unreadable(f"not a message: {message!r}")
            case "failed":
                raise ServiceError(rest, provider=self.provider)
            case "ready" if self.state is State.LOADING:
                self.ready(now=now, session_id=rest)
            case "finished" if self.state is State.FINISHING:
                self.finished()
            case "partial" | "final" | "flushed" if self.state is not State.LOADING:
                self._report_result(kind, rest)
            case "ready" | "partial" | "final" | "flushed" | "finished":
                raise self.unreadable(f"{kind} while {self.state}")
            case _:
                self.report(Unrecognised(kind=kind))

    def _report_result(self, kind: str, rest: str) -> None:
        match kind:
            case "partial":
                self.report(PartialText(text=rest))
            case "final":
                self.report(FinalText(text=rest))
            case _:
                self.report(FlushDone(flush_id=rest))


class ScriptedServer(ServerBase):
    """Sans-I/O server of one session."""

    audio_format = PCM_16K_MONO

    def __init__(self) -> None:
        super().__init__()
        self._asked: deque[str] = deque()  # the messages that confirm flushes and finish, in order

    @classmethod
    def accept(
        cls, request: ServerRequest, now: float, *, tokens: frozenset[str] = frozenset()
    ) -> "ScriptedServer | HttpAnswer":
        """Answer a websocket upgrade. If ``tokens`` is empty, every client is accepted."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if tokens and token not in tokens:
            return HttpAnswer(status=401, body="the token is not valid")
        return cls()

    def open(self, *, now: float) -> None:
        """Send ``ready`` at once."""
        self.write("ready:scripted")

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read audio, a flush or the finish."""
        if isinstance(message, bytes):
            self.command(Feed(audio=message))
            return
        kind, _, rest = message.partition(":")
        match kind:
            case "flush":
                self._asked.append(f"flushed:{rest}")
                self.command(Flush())
            case "finish":
                self._asked.append("finished:")
                self.command(End())
            case _:
                self.fail(f"not a message: {message!r}")

    def report(self, result: PartialText | FinalText) -> None:
        """Send a result. A final text also confirms the oldest flush or finish."""
        if isinstance(result, PartialText):
            self.write(f"partial:{result.text}")
            return
        if result.text:
            self.write(f"final:{result.text}")
        if self._asked:
            answer = self._asked.popleft()
            self.write(answer)
            if answer == "finished:":
                self.close = Close(code=CloseCode.NORMAL_CLOSURE)
        self.final_sent()

    def fail(self, text: str, *, code: str = "") -> None:
        """Report that the engine failed."""
        self.write(f"failed:{text}")
        self.close = Close(code=CloseCode.INTERNAL_ERROR)
