"""Wyoming speech-to-text on realtime websocket services."""

__all__: list[str] = []
