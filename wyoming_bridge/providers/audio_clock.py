"""Conversion of the service's times, which include the silence that the client adds."""

__all__ = ["AudioClock"]


class AudioClock:
    """Converts times. All times are milliseconds from the first audio of the session."""

    def __init__(self) -> None:
        self._sent_ms = 0.0
        self._added: list[tuple[float, float]] = []

    def send(self, duration_ms: float) -> None:
        """Count audio of the caller that was sent."""
        self._sent_ms += duration_ms

    def add_silence(self, duration_ms: float) -> None:
        """Count silence that was sent in addition to the caller's audio."""
        self._added.append((self._sent_ms, duration_ms))
        self._sent_ms += duration_ms

    def without_added(self, service_ms: int) -> int:
        """Return a time of the service without the silence that was added before it."""
        passed_ms = sum(
            min(duration_ms, service_ms - at_ms)
            for at_ms, duration_ms in self._added
            if service_ms > at_ms
        )
        return round(service_ms - passed_ms)
