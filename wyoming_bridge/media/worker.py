"""The worker process, which decodes one stream with FFmpeg's libraries.

Rules of this module:

- The worker runs as a script, and imports only the standard library and PyAV.
- It does not trust the stream. Its memory and its computing time without progress are limited.
  Before it reads the stream, it gives up the right to open files and connections, because FFmpeg
  opens them for some formats (playlists, lists of files).
- Its last message is ``ENDED`` or ``FAILED``. Without such a message, it has crashed.

Standard input is the encoded stream. Standard output is a sequence of messages. A message is
``HEADER`` (its kind and the size of its content), followed by the content (see ``Kind``).
"""

import json
import os
import resource
import select
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import av
    import av.filter

__all__ = ["HEADER", "POSITION", "DecodingTask", "Kind", "main"]

HEADER: Final = struct.Struct("!cI")
"""The kind of a message, and the size of its content in bytes."""

POSITION: Final = struct.Struct("!Q")
"""A position in the input: the number of bytes before it."""

PIECE_MS: Final = 100
"""Decoded audio is cut into pieces of at most this duration."""

RESERVE_BYTES: Final = 8 * 1024 * 1024
"""Memory that must be free at a file's end: FFmpeg may report a lack of memory as the end."""

STUCK_S: Final = 20
"""Longest computing time between pieces of input or output. Slow machines take less than 1 s."""

MAX_BAD_PACKETS: Final = 50
"""The most bad packets in a row. A live stream that is joined in the middle begins with a few."""

MAX_TAGS: Final = 8
"""The most ID3 tags before the audio. A file has one or two."""

PROBING: Final = {"probesize": "8192", "analyzeduration": "200000"}
"""How much FFmpeg analyses before it decodes. Its default is 5 s of the stream.

With this setting, the first audio was ready after 0.2 s of the stream with MPEG-TS, 0.25 s with
WebM, 0.4 s with AAC, 0.7 s with MP3, and 1.1 s with Ogg, whose pages are 1 s long. FFmpeg's
``nobuffer`` is not faster, and drops the analysed audio.
"""

FORMATS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dss,eac3,flac,flv,loas,matroska,webm,mov,mp4,m4a,3gp,3g2,"
    "mj2,mp3,mpeg,mpegts,nistsphere,ogg,tta,voc,w64,wav,wv"
)
"""The allowed containers, by FFmpeg's names. None of them can refer to other files or addresses."""

CODECS: Final = (
    "aac,aac_fixed,aac_latm,ac3,ac3_fixed,adpcm_g722,adpcm_g726,adpcm_g726le,adpcm_ima_qt,"
    "adpcm_ima_wav,adpcm_ms,adpcm_swf,adpcm_yamaha,alac,amrnb,amrwb,ape,dss_sp,eac3,flac,g722,"
    "g723_1,g726,g726le,g729,gsm,gsm_ms,libopencore_amrnb,libopencore_amrwb,libopus,libspeex,"
    "libvorbis,mp1,mp1float,mp2,mp2float,mp3,mp3float,nellymoser,opus,pcm_alaw,pcm_bluray,pcm_dvd,"
    "pcm_f16le,pcm_f24le,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,"
    "pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s64be,pcm_s64le,pcm_s8,pcm_u16be,pcm_u16le,"
    "pcm_u24be,pcm_u24le,pcm_u32be,pcm_u32le,pcm_u8,speex,truespeech,tta,vorbis,wavpack,"
    "wmalossless,wmapro,wmav1,wmav2,wmavoice"
)
"""The allowed audio decoders, by FFmpeg's names."""

LATE_IMPORTS: Final = ("av.subtitles.codeccontext", "av.subtitles.stream")
"""Modules that PyAV imports when it opens a stream. The worker imports them earlier, because
``confine`` forbids opening files."""

NOT_AUDIO: Final = "the file is not audio, or its format is not supported"


class Kind(StrEnum):
    """The kinds of messages to the parent."""

    AUDIO = "a"
    """Decoded audio: 16-bit mono at the target's rate, at most ``PIECE_MS`` long."""
    STARVING = "s"
    """All input so far is decoded; the content is its size, as ``POSITION``."""
    ENDED = "e"
    """The stream has ended, and everything is decoded."""
    FAILED = "f"
    """The stream cannot be decoded; the content is the reason as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingTask:
    """What to decode. The parent passes it as JSON in the only argument."""

    target_hz: int
    min_hz: int
    """The lowest sample rate. A stream outside these limits is refused."""
    max_hz: int
    max_channels: int
    memory_bytes: int
    """The most memory beyond the libraries. A file that must be read whole may take half of it."""
    container: str | None = None
    """FFmpeg's name for the container; None to detect the container."""


class Refused(Exception):  # noqa: N818 - a message to the parent
    """The stream is not decoded; the text says why."""


class Output:
    """Writes messages to the parent, and waits while the pipe is full."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, kind: Kind, content: bytes = b"") -> None:
        """Send one message."""
        data = memoryview(HEADER.pack(kind.encode(), len(content)) + content)
        while data:
            data = data[os.write(self._descriptor, data) :]
        progress()


class Input:
    """The file-like input of FFmpeg. A read waits for data until the stream has ended."""

    def __init__(self, descriptor: int, output: Output) -> None:
        self._descriptor = descriptor
        self._output = output
        self._read_bytes = 0
        self._ahead = bytearray()

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, or no bytes at the end of the stream."""
        if self._ahead:
            data = bytes(self._ahead[:size])
            del self._ahead[:size]
            return data
        if not select.select([self._descriptor], [], [], 0)[0]:
            self._output.send(Kind.STARVING, POSITION.pack(self._read_bytes))
        data = os.read(self._descriptor, size)
        self._read_bytes += len(data)
        progress()
        return data

    def peek(self, size: int) -> bytes:
        """Return the next bytes, which ``read`` returns again; fewer at the stream's end."""
        ahead, self._ahead = self._ahead, bytearray()
        while len(ahead) < size and (data := self.read(65536)):
            ahead += data
        self._ahead = ahead
        return bytes(ahead[:size])

    def skip(self, size: int) -> None:
        """Read and drop bytes."""
        while size and (data := self.read(min(size, 65536))):
            size -= len(data)


class Mixer:
    """Converts frames to 16-bit mono at one rate. The format of the frames may change."""

    def __init__(self, target_hz: int) -> None:
        self._target_hz = target_hz
        self._graph: av.filter.Graph | None = None
        self._source: tuple[str, str, int] | None = None

    def convert(self, frame: "av.AudioFrame") -> "Iterator[av.AudioFrame]":
        """Yield the converted audio that is ready."""
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if source != self._source:
            yield from self.flush()
            self._source = source
            self._graph = self._new_graph(frame)
        if self._graph is not None:
            frame.pts = None
            self._graph.push(frame)
            yield from self._pulled(self._graph)

    def flush(self) -> "Iterator[av.AudioFrame]":
        """Yield the rest of the converted audio."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._pulled(self._graph)
            self._graph = None

    def _new_graph(self, frame: "av.AudioFrame") -> "av.filter.Graph":
        from av.filter import Graph

        graph = Graph()
        layout, channels = frame.layout.name, frame.layout.nb_channels
        steps = [
            graph.add_abuffer(sample_rate=frame.sample_rate, format=frame.format, layout=layout)
        ]
        if layout.endswith("channels"):  # unknown positions: average all channels
            mean = "+".join(f"{1 / channels:.9f}*c{each}" for each in range(channels))
            steps.append(graph.add("pan", f"mono|c0={mean}"))
        wanted = f"sample_rates={self._target_hz}:sample_fmts=s16:channel_layouts=mono"
        steps += [graph.add("aformat", wanted), graph.add("abuffersink")]
        graph.link_nodes(*steps).configure()
        return graph

    @staticmethod
    def _pulled(graph: "av.filter.Graph") -> "Iterator[av.AudioFrame]":
        from av import AudioFrame
        from av.error import BlockingIOError as NotReadyError
        from av.error import EOFError as EndedError

        while True:
            try:
                frame = graph.pull()
            except (NotReadyError, EndedError):
                return
            if isinstance(frame, AudioFrame):
                yield frame


class Decoding:
    """Decodes one stream."""

    def __init__(self, task: DecodingTask, *, output: Output) -> None:
        self._task = task
        self._output = output
        self._piece_bytes = task.target_hz * PIECE_MS // 1000 * 2
        self._mixer = Mixer(task.target_hz)

    def run(self, stream: Input) -> None:
        """Decode the stream to its end.

        Raises:
            Refused: The stream cannot be decoded.
        """
        import av

        with av.open(
            _prepared(stream, max_whole_bytes=self._task.memory_bytes // 2),
            mode="r",
            format=self._task.container,
            options=PROBING,
            container_options={
                "format_whitelist": FORMATS,
                "codec_whitelist": CODECS,
                "protocol_whitelist": "none",
            },
        ) as media:
            track = next(iter(media.streams.audio), None)
            if track is None:
                raise Refused("the file has no audio track")
            codec = track.codec_context
            name = getattr(codec, "name", "of its audio")  # a codec without a decoder has no name
            if name not in CODECS.split(","):
                raise Refused(f"the codec {name} is not supported")
            # Some containers do not have these values. Then ``_decode`` checks the first frame.
            self._check(codec.sample_rate or self._task.min_hz, codec.layout.nb_channels or 1)
            codec.thread_count = 1
            self._decode(media, track)

    def _decode(self, media: "av.container.InputContainer", track: "av.AudioStream") -> None:
        import av

        bad = good = 0
        for packet in media.demux(track):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                bad += 1
                if bad > MAX_BAD_PACKETS:
                    raise
                continue
            for frame in frames:
                if isinstance(frame, av.AudioFrame):
                    self._check(frame.sample_rate, frame.layout.nb_channels)
                    bad, good = 0, good + 1
                    self._send(self._mixer.convert(frame))
        bytearray(RESERVE_BYTES)  # raises MemoryError if too little memory is left
        if bad and not good:
            raise Refused(NOT_AUDIO)
        self._send(self._mixer.flush())

    def _check(self, rate_hz: int, channels: int) -> None:
        """Refuse a sample rate or a channel count that is out of range."""
        task = self._task
        if not task.min_hz <= rate_hz <= task.max_hz:
            raise Refused(
                f"the sample rate must be {task.min_hz} to {task.max_hz} Hz, got {rate_hz} Hz"
            )
        if not 1 <= channels <= task.max_channels:
            raise Refused(f"the audio must have 1 to {task.max_channels} channels, got {channels}")

    def _send(self, frames: "Iterator[av.AudioFrame]") -> None:
        for frame in frames:
            pcm = bytes(frame.planes[0])[: frame.samples * 2]
            for start in range(0, len(pcm), self._piece_bytes):
                self._output.send(Kind.AUDIO, pcm[start : start + self._piece_bytes])


def main(argument: str) -> None:
    """Decode standard input to standard output."""
    output = Output(sys.stdout.fileno())
    task = DecodingTask(**json.loads(argument))
    try:
        import av

        av.logging.set_level(None)  # the library would write to standard error
        for name in LATE_IMPORTS:
            import_module(name)
        confine(memory_bytes=task.memory_bytes)
        Decoding(task, output=output).run(Input(sys.stdin.fileno(), output))
    except BrokenPipeError:
        return  # the parent has closed the pipe
    except Exception as err:  # noqa: BLE001 - every failure is reported, whichever library raised it
        output.send(Kind.FAILED, reason(err, memory_bytes=task.memory_bytes).encode())
    else:
        output.send(Kind.ENDED)


def reason(error: Exception, *, memory_bytes: int) -> str:
    """Return an error's reason in a form that helps a user."""
    import av

    match error:
        case Refused():
            return str(error)
        case MemoryError():
            return f"decoding needs more than {memory_bytes // 1024 // 1024} MiB of memory"
        case av.error.FFmpegError() | ValueError():
            return NOT_AUDIO
        case _:
            return f"the decoder failed: {type(error).__name__}"


def confine(*, memory_bytes: int) -> None:
    """Give up the rights that decoding does not need, and limit the memory."""
    limits = {resource.RLIMIT_NOFILE: 3, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    with suppress(OSError):  # the file exists only on Linux
        own_pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
        limits[resource.RLIMIT_DATA] = own_pages * resource.getpagesize() + memory_bytes
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))


def progress() -> None:
    """Restart the timer whose signal ends a decoder that makes no progress."""
    signal.setitimer(signal.ITIMER_PROF, STUCK_S)


def _prepared(stream: Input, *, max_whole_bytes: int) -> Input | BytesIO:
    """Skip ID3 tags, because their pictures take memory. Read a file whole if its index is last."""
    for _ in range(MAX_TAGS):
        head = stream.peek(10)
        if not head.startswith(b"ID3") or len(head) < 10:  # noqa: PLR2004 - the header's size
            break
        size = 0
        for each in head[6:]:  # each byte has seven bits of the size
            size = size << 7 | each & 0x7F
        stream.skip(10 + size + (10 if head[5] & 0x10 else 0))
    if not has_index_last(stream):
        return stream
    whole = BytesIO()
    while data := stream.read(65536):
        whole.write(data)
        if whole.tell() > max_whole_bytes:
            raise Refused(
                "the file has its index at its end and is too large to be read whole; allowed: "
                f"{max_whole_bytes // 1024 // 1024} MiB, or a file with its index in front"
            )
    whole.seek(0)
    return whole


def has_index_last(stream: Input) -> bool:
    """Return whether the index of a file follows its samples, or may do so, as in a CAF file."""
    head = stream.peek(8)
    if head.startswith(b"caff"):
        return True
    at = 0
    while head[4:] in {b"ftyp", b"free", b"skip", b"wide", b"uuid", b"pnot"}:
        size = int.from_bytes(head[:4])
        at += size
        if size < 8 or at > 65536:  # noqa: PLR2004 - the size of a box with its header
            return False
        head = stream.peek(at + 8)[at:]
    return head[4:] == b"mdat"


if __name__ == "__main__":
    main(sys.argv[1])
