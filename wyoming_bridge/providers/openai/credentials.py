"""How credentials are sent in the websocket subprotocol."""

from typing import Final

__all__ = ["NIM_SECRET", "REALTIME", "SECRET"]

REALTIME: Final = "realtime"
"""The client offers this subprotocol and the one with the secret. The server selects this one,
because it must not send back the secret."""

SECRET: Final = "openai-insecure-api-key."  # noqa: S105 - a prefix
"""The prefix of OpenAI's client secret, from its client library for browsers."""

NIM_SECRET: Final = "realtime-token."  # noqa: S105 - a prefix
"""The prefix of NIM's client secret, from NVIDIA's client library."""
