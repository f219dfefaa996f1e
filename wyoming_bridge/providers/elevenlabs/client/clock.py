"""Where our audio lies on the service's clock, which counts the silence that we add as well."""

__all__ = ["AudioClock"]


class AudioClock:
    """All times are milliseconds from the first audio of the session."""

    def __init__(self) -> None:
        self._sent_ms = 0.0
        self._added: list[tuple[float, float]] = []

    def send(self, duration_ms: float) -> None:
        """Audio of ours was sent."""
        self._sent_ms += duration_ms

    def add_silence(self, duration_ms: float) -> None:
        """Silence was sent that is no audio of ours."""
        self._added.append((self._sent_ms, duration_ms))
        self._sent_ms += duration_ms

    def ours(self, service_ms: int) -> int:
        """A time of the service's, as if nothing had been added."""
        passed_ms = sum(
            min(duration_ms, service_ms - at_ms)
            for at_ms, duration_ms in self._added
            if service_ms > at_ms
        )
        return round(service_ms - passed_ms)
