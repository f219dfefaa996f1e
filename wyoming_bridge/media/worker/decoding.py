"""Decodes a stream with PyAV, and converts it to 16-bit mono."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .memory import Memory
from .messages import DecodingTask, Kind, Refused
from .output import Output
from .stream import Input, prepared

if TYPE_CHECKING:
    import av
    import av.filter

__all__ = ["NOT_AUDIO", "Decoding"]

PIECE_MS: Final = 100
"""Decoded audio is cut into pieces of at most this duration."""

MAX_FRAME_SAMPLES: Final = 16_384
"""The longest frame for which the first share of the memory is enough. It is the longest that FLAC
recommends, and longer than the frames of other codecs."""

MAX_BAD_PACKETS: Final = 50
"""The most bad packets in a row. A live stream that is joined in the middle begins with a few."""

PROBING: Final = {"probesize": "8192", "analyzeduration": "200000"}
"""How much FFmpeg analyses before it decodes. Its default is 5 s of the stream.

With this setting, the first audio was ready after 0.2 s of the stream with MPEG-TS, 0.25 s with
WebM, 0.4 s with AAC, 0.7 s with MP3, and 1.1 s with Ogg, whose pages are 1 s long. FFmpeg's
``nobuffer`` is not faster, and drops the analysed audio.
"""

NOT_AUDIO: Final = "the file is not audio, or its format is not supported"


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
        graph.threads = 1  # by default there is one per core, and each takes a stack of 8 MiB
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

    def __init__(self, task: DecodingTask, *, output: Output, memory: Memory) -> None:
        self._task = task
        self._output = output
        self._memory = memory
        self._piece_bytes = task.target_hz * PIECE_MS // 1000 * 2
        self._mixer = Mixer(task.target_hz)

    def run(self, stream: Input) -> None:
        """Decode the stream to its end.

        Raises:
            Refused: The stream cannot be decoded.
        """
        import av

        with av.open(
            prepared(stream, max_whole_bytes=self._task.whole_bytes),
            mode="r",
            format=self._task.container,
            options=PROBING,
            container_options={
                "format_whitelist": self._task.formats,
                "codec_whitelist": self._task.codecs,
                "protocol_whitelist": "none",
            },
        ) as media:
            track = next(iter(media.streams.audio), None)
            if track is None:
                raise Refused("the file has no audio track")
            codec = track.codec_context
            name = getattr(codec, "name", "of its audio")  # a codec without a decoder has no name
            if name not in self._task.codecs.split(","):
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
                    if frame.samples > MAX_FRAME_SAMPLES:
                        self._memory.grow()
                    bad, good = 0, good + 1
                    self._send(self._mixer.convert(frame))
        self._memory.check_reserve()
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
