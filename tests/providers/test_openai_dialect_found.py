"""The client of OpenAI's protocol: the dialect it finds, and the configuration it sends."""

from collections.abc import Mapping, Sequence
from itertools import product

import pytest

from openai_calls import GREETINGS, LOOPBACK, connected, of, receive, sent
from sessions import noise
from wyoming_bridge.errors import LifecycleError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    FlushDone,
    SessionStarted,
    Warned,
)
from wyoming_bridge.providers.openai import OpenAISettings
from wyoming_bridge.providers.openai.client.dialects import DIALECTS
from wyoming_bridge.providers.openai.protocol import DialectName
from wyoming_bridge.providers.openai.service import RETIRED_MODELS


class TestTheDialect:
    @pytest.mark.parametrize("name", DialectName)
    def test_the_first_message_shows_it(self, name: DialectName) -> None:
        client = connected(url=LOOPBACK, model="m")
        receive(client, GREETINGS[name], {"type": "session.updated"})
        [started] = of(client, SessionStarted)
        assert isinstance(started, SessionStarted)
        row = DIALECTS[name]
        assert started.server == row.title
        assert started.capabilities == row.capabilities(OpenAISettings(url=LOOPBACK, model="m"))
        assert client.capabilities == started.capabilities

    def test_localai_is_recognised_by_its_session_too(self) -> None:
        client = connected(url=LOOPBACK, model="m")
        session = {"object": "realtime.session", "audio": {}}
        receive(client, {"type": "session.created", "event_id": "e", "session": session})
        receive(client, {"type": "session.updated"})
        [started] = of(client, SessionStarted)
        assert isinstance(started, SessionStarted)
        assert started.server == "LocalAI"

    def test_a_setting_overrules_the_first_message(self) -> None:
        client = connected(url=LOOPBACK, model="m", dialect="vllm")
        receive(client, GREETINGS[DialectName.GA])
        texts = [event.text for event in client.events_received() if isinstance(event, Warned)]
        assert texts == ["the server seems to speak the dialect ga, not vllm"]
        assert sent(client) == [{"type": "session.update", "model": "m"}]

    @pytest.mark.parametrize("name", [DialectName.VLLM, DialectName.SPEACHES, DialectName.LOCALAI])
    def test_a_server_without_a_default_model_needs_one(self, name: DialectName) -> None:
        client = connected(url=LOOPBACK)
        receive(client, GREETINGS[name])
        [failed] = of(client, Failed)
        assert isinstance(failed, Failed)
        expected = f"model: must be set, because the server is {DIALECTS[name].title}"
        assert failed.error.message == expected

    def test_vllm_cannot_end_segments_itself(self) -> None:
        client = connected(url=LOOPBACK, model="m", commit_strategy="server_vad")
        receive(client, GREETINGS[DialectName.VLLM])
        [failed] = of(client, Failed)
        assert isinstance(failed, Failed)
        assert failed.error.message == (
            "commit_strategy: must be manual, because vLLM does not detect the end of speech, "
            "got 'server_vad'"
        )

    @pytest.mark.parametrize("name", [DialectName.SPEACHES, DialectName.NIM])
    def test_a_server_without_semantic_detection_is_not_used_with_another_one(
        self, name: DialectName
    ) -> None:
        client = connected(url=LOOPBACK, model="m", commit_strategy="semantic_vad")
        receive(client, GREETINGS[name])
        [failed] = of(client, Failed)
        assert isinstance(failed, Failed)
        assert failed.error.message == (
            f"commit_strategy: must be manual or server_vad, because {DIALECTS[name].title} has no "
            "semantic_vad, got 'semantic_vad'"
        )

    @pytest.mark.parametrize("name", [name for name in DialectName if name != "vllm"])
    def test_a_server_that_ends_segments_is_not_asked_for_texts(self, name: DialectName) -> None:
        client = connected(url=LOOPBACK, model="m", commit_strategy="server_vad")
        receive(client, GREETINGS[name], {"type": "session.updated"})
        assert client.capabilities.server_vad
        assert not client.capabilities.flush
        with pytest.raises(LifecycleError, match="cannot flush"):
            client.flush("1", now=0.0)

    def test_a_flush_that_waits_for_a_server_that_cannot_flush_is_dropped_with_a_warning(
        self,
    ) -> None:
        client = connected(url=LOOPBACK, model="m", commit_strategy="server_vad")
        client.send_audio(noise(words=1), now=0.0)
        client.flush("1", now=0.0)
        receive(client, GREETINGS[DialectName.GA], {"type": "session.updated"})
        events = client.events_received()
        text = "the server that answered sends no final text on request"
        assert [each for each in events if isinstance(each, Warned)] == [Warned(text=text)]
        assert not any(isinstance(each, FlushDone) for each in events)
        assert "input_audio_buffer.commit" not in [each["type"] for each in sent(client)]

    def test_speech_of_a_server_that_ends_segments_is_reported_at_its_end(self) -> None:
        client = connected(url=LOOPBACK, model="m", commit_strategy="server_vad")
        receive(
            client,
            GREETINGS[DialectName.GA],
            {"type": "session.updated"},
            {"type": "input_audio_buffer.committed", "item_id": "item_1"},
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": "item_1",
                "transcript": "on",
            },
        )
        assert of(client, FinalText) == [FinalText(text="on")]


class TestTheConfiguration:
    @staticmethod
    def transcription(**settings: object) -> dict[str, object]:
        client = connected(**settings)
        receive(client, GREETINGS[DialectName.GA])
        [update] = sent(client)
        session = update["session"]
        assert isinstance(session, dict)
        found: dict[str, object] = session["audio"]["input"]["transcription"]
        return found

    def test_a_model_without_keywords_gets_them_in_the_prompt(self) -> None:
        assert self.transcription(
            url=LOOPBACK, model="other", language="nl-NL", keywords=("A", "B"), prompt="Commands"
        ) == {"model": "other", "language": "nl", "prompt": "Commands. A, B"}

    def test_the_model_with_a_delay_gets_no_prompt(self) -> None:
        assert self.transcription(model="gpt-realtime-whisper", delay="low", keywords=("A",)) == {
            "model": "gpt-realtime-whisper",
            "delay": "low",
        }

    @pytest.mark.parametrize(
        ("settings", "detection"),
        [
            ({}, None),
            (
                {"commit_strategy": "server_vad", "vad_silence_ms": 700, "vad_threshold": 0.6},
                {
                    "type": "server_vad",
                    "threshold": 0.6,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 700,
                },
            ),
            (
                {"commit_strategy": "semantic_vad", "vad_eagerness": "high"},
                {"type": "semantic_vad", "eagerness": "high"},
            ),
        ],
    )
    def test_the_detection_of_turns_is_always_sent(
        self, settings: dict[str, object], detection: object
    ) -> None:
        client = connected(model="gpt-transcribe", **settings)
        receive(client, GREETINGS[DialectName.GA])
        [update] = sent(client)
        session = update["session"]
        assert isinstance(session, dict)
        assert session["audio"]["input"]["turn_detection"] == detection

    def test_words_get_the_probabilities_of_their_tokens(self) -> None:
        client = connected(url=LOOPBACK, logprobs=True)
        receive(client, GREETINGS[DialectName.GA])
        [update] = sent(client)
        assert update["session"]["include"] == ["item.input_audio_transcription.logprobs"]
        receive(client, {"type": "session.updated"})
        assert client.capabilities.confidence
        tokens = [("Turn", -0.5), (" off", 0.0), (" Wo", -0.2), ("on", -0.4), (".", 0.1)]
        receive(
            client,
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": "i",
                "transcript": "Turn off Woon.",
                "logprobs": [{"token": text, "logprob": value} for text, value in tokens],
            },
        )
        [final] = of(client, FinalText)
        assert isinstance(final, FinalText)
        assert [word.text for word in final.words] == ["Turn", "off", "Woon."]
        assert [word.confidence for word in final.words] == pytest.approx(
            [0.6065, 1.0, 0.8187], abs=1e-4
        )

    @pytest.mark.parametrize("model", sorted(RETIRED_MODELS))
    def test_a_model_that_openai_shuts_down_is_named_in_a_warning(self, model: str) -> None:
        texts = self.warnings(model=model)
        assert texts == [
            f"OpenAI shuts down the model {model} on 2027-02-26; use gpt-live-transcribe"
        ]

    def test_another_server_may_have_a_model_of_that_name(self) -> None:
        assert self.warnings(model="whisper-1", url=LOOPBACK) == []

    @staticmethod
    def warnings(**settings: object) -> Sequence[str]:
        client = connected(**settings)
        receive(client, GREETINGS[DialectName.GA], {"type": "session.updated"})
        return [event.text for event in client.events_received() if isinstance(event, Warned)]


SETTINGS: Mapping[str, object] = {
    "language": "nl",
    "secondary_languages": ("fr",),
    "keywords": ("Woonkamer",),
    "bias_strength": 7.5,
    "prompt": "Commands",
    "noise_reduction": "far_field",
    "logprobs": True,
    "vad_threshold": 0.6,
    "vad_prefix_ms": 400,
}


class TestTheSettingsThatAServerDoesNotUse:
    @staticmethod
    def found(name: DialectName, **settings: object) -> tuple[object, str]:
        """Return the configuration that the client sends, and its warning about settings."""
        values = {"keywords": ("Keuken",), "model": "m", **settings}
        detections = DIALECTS[name].detections
        strategy = detections[0] if detections else "manual"
        client = connected(url=LOOPBACK, commit_strategy=strategy, **values)
        receive(client, GREETINGS[name])
        update = sent(client)
        receive(client, {"type": "session.updated"})
        warned = [each for each in client.events_received() if isinstance(each, Warned)]
        return update, " ".join(each.text for each in warned if each.is_about_settings)

    @pytest.mark.parametrize(
        ("name", "setting"),
        [
            each
            for each in product(DialectName, SETTINGS)
            if each != (DialectName.NIM, "logprobs")  # NIM sends the probabilities in any case
            and (each[0] is not DialectName.VLLM or "vad" not in each[1])
        ],
    )
    def test_are_named_and_all_others_are_sent(self, name: DialectName, setting: str) -> None:
        without, _ = self.found(name)
        sent_with, warning = self.found(name, **{setting: SETTINGS[setting]})
        assert (setting in warning) is (sent_with == without)

    def test_are_all_in_one_warning_before_the_session_starts(self) -> None:
        client = connected(url=LOOPBACK, model="m", language="nl", keywords=("A",), prompt="B")
        receive(client, GREETINGS[DialectName.VLLM])
        events = client.events_received()
        text = "vLLM does not use these settings: language, keywords, prompt"
        warned = Warned(text=text, is_about_settings=True)
        kinds = (Warned, SessionStarted)
        assert [type(each) for each in events if isinstance(each, kinds)] == list(kinds)
        assert warned in events

    def test_of_the_model_with_a_delay_are_the_keywords(self) -> None:
        client = connected(model="gpt-realtime-whisper", keywords=("A",))
        receive(client, GREETINGS[DialectName.GA], {"type": "session.updated"})
        [warned] = of(client, Warned)
        assert warned == Warned(
            text="OpenAI does not use these settings: keywords", is_about_settings=True
        )
