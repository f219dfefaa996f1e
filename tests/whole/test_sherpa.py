"""A user's streaming model, from the Wyoming library's client to sherpa-onnx."""

from pathlib import Path

import pytest
from wyoming.asr import Transcribe
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info

from patience import PATIENCE_S
from tiny_models import HIGH, LOW, PAUSE, write_transducer
from wyoming_bridge.config import Address, Config, LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.providers.registry import ProviderName
from wyoming_bridge.transcriber import Limits


@pytest.mark.parametrize("protocol", list(ProviderName))
async def test_a_model_in_a_folder_is_offered_and_used_in_its_language(
    protocol: str, tmp_path: Path, start_bridge, speak
) -> None:
    model = write_transducer(tmp_path / "tiny-nl")
    profile = Profile(
        name="mine",
        backend=LocalBackend(engine="sherpa", model=str(model), protocol=protocol),
        limits=Limits(final_s=PATIENCE_S),
        endpointing=RECORDING,  # the detector does not take tones for speech
    )
    host, port = await start_bridge(
        Config(listen=Address(host="127.0.0.1", port=0), profiles=(profile,))
    )

    async with AsyncTcpClient(host, port, read_timeout=PATIENCE_S) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await client.read_event())
    received = await speak((host, port), LOW + PAUSE + HIGH, transcribe=Transcribe(language="nl"))

    assert info.asr[0].models[0].languages[0] == "nl"
    assert received.answer.data["text"] == "low high"
