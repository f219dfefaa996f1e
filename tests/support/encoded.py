"""Recorded speech in containers, which are made when a test needs them."""

import io

import av

RATE_HZ = 16000


def encoded(pcm: bytes, container: str, codec: str, *, rate_hz: int = RATE_HZ) -> bytes:
    """Encode 16 kHz mono s16le. ``container`` and ``codec`` are names that FFmpeg knows."""
    output = io.BytesIO()
    with av.open(output, "w", format=container) as media:
        stream = media.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate_hz)
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm + bytes(frame.planes[0].buffer_size - len(pcm)))
        frame.sample_rate = RATE_HZ
        fifo = av.AudioFifo()
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            fifo.write(piece)
        while piece := fifo.read(stream.codec_context.frame_size or 1024, partial=True):
            media.mux(stream.encode(piece))
        media.mux(stream.encode(None))
    return output.getvalue()
