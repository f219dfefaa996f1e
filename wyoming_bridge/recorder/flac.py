"""Reads and writes FLAC files, which are lossless and take about half the space of raw audio."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..audio import PCM_16K_MONO, AudioFormat, Converter
from ..errors import ConfigError, DependencyError, StateError

if TYPE_CHECKING:
    from av import AudioFrame

__all__ = ["load_flac", "read_flac", "write_flac"]


def load_flac() -> None:
    """Import PyAV before the first recording. This takes 0.1 s.

    Raises:
        DependencyError: PyAV is not installed.
    """
    try:
        import av  # noqa: F401
    except ImportError as err:
        raise DependencyError(
            "recording needs PyAV: pip install 'wyoming-bridge[media]'", library="av"
        ) from err


def write_flac(path: Path, audio: bytes, *, source: AudioFormat) -> None:
    """Write audio as a FLAC file with 16 kHz mono. This blocks, so call it in a thread.

    Raises:
        OSError: The file cannot be written.
    """
    import av

    converter = Converter(source=source, target=PCM_16K_MONO)
    pcm = converter.convert(audio) + converter.flush()
    try:
        with av.open(str(path), "w", format="flac") as file:
            stream = file.add_stream("flac", rate=PCM_16K_MONO.sample_rate_hz, layout="mono")
            if samples := len(pcm) // PCM_16K_MONO.bytes_per_frame:
                frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
                frame.sample_rate = PCM_16K_MONO.sample_rate_hz
                frame.pts = 0
                frame.planes[0].update(pcm[: samples * PCM_16K_MONO.bytes_per_frame])
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    except OSError:
        raise
    except av.FFmpegError as err:
        raise OSError(err.strerror) from err


def read_flac(path: Path) -> bytes:
    """Read a file that ``write_flac`` wrote, and return the audio in ``PCM_16K_MONO``.

    This blocks, so call it in a thread.

    Raises:
        ConfigError: The file cannot be read, or has no audio.
    """
    import av

    try:
        with av.open(str(path), format="flac") as file:
            frames = [_samples(frame) for frame in file.decode(audio=0)]
    except OSError as err:
        raise StateError.of(err, str(path), setting="recorder") from err
    except av.FFmpegError as err:
        raise ConfigError(f"{path}: {err}") from err
    if not frames:
        raise ConfigError(f"{path}: there is no FLAC audio in the file")
    return b"".join(frames)


def _samples(frame: "AudioFrame") -> bytes:
    """Return the samples of a frame, without the padding at the end of its buffer."""
    return bytes(frame.planes[0])[: frame.samples * PCM_16K_MONO.bytes_per_frame]
