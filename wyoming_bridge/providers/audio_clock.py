"""Conversion of a service's times, which include silence that the client has added."""

__all__ = ["AudioClock"]


class AudioClock:
    """Converts a time of the service to a time in the caller's audio.

    All times are in milliseconds from the first audio of the session.
    """

    def __init__(self) -> None:
        self._sent_ms = 0.0
        self._added: list[tuple[float, float]] = []  # start and duration of each added silence

    def send(self, duration_ms: float) -> None:
        """Count audio of the caller as sent."""
        self._sent_ms += duration_ms

    def add_silence(self, duration_ms: float) -> None:
        """Count silence that was sent in addition to the caller's audio."""
        self._added.append((self._sent_ms, duration_ms))
        self._sent_ms += duration_ms

    def without_added(self, service_ms: int) -> int:
        """Return a time of the service without the silence that was added before this time."""
        passed_ms = sum(
            min(duration_ms, service_ms - at_ms)
            for at_ms, duration_ms in self._added
            if service_ms > at_ms
        )
        return round(service_ms - passed_ms)
