"""The emulated Scriptix in stream mode."""

import pytest

from scriptix_servers import PCM, STOP, sent
from wyoming_bridge.errors import MediaError, MediaProblem
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.providers.scriptix.emulator import ScriptixEmulator
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import Close, End, ServerProtocol


class TestStream:
    def stream(self, **behaviour: object) -> ServerProtocol:
        emulator = ScriptixEmulator(tokens=frozenset(), behaviour=ScriptixBehaviour(**behaviour))
        request = ServerRequest(
            query={"url": ["http://h/x.mp3"]}, headers={}, path_parameters={"token": "any"}
        )
        server = emulator.accept_stream(request, 0.0)
        assert not isinstance(server, HttpAnswer)
        server.open(now=0.0)
        return server

    def test_the_server_listens_at_once_and_has_the_address_of_the_stream(self) -> None:
        server = self.stream()

        assert server.source_url == "http://h/x.mp3"
        assert sent(server) == [{"state": "listening"}]

    def test_the_end_of_the_stream_is_the_end_of_the_session(self) -> None:
        server = self.stream()
        server.messages_to_send()
        server.source_ended()
        assert server.commands_received() == [End()]
        server.report(FinalText(text="hi"))

        assert [message for message in sent(server) if isinstance(message, dict)][-1] == {
            "state": "stopped"
        }
        assert server.close == Close(code=1000)

    def test_a_client_may_stop_the_stream_once(self) -> None:
        server = self.stream()
        server.receive_message(STOP, now=0.0)
        server.receive_message(STOP, now=0.0)
        server.source_ended()
        server.hear(PCM, now=0.0)

        assert server.commands_received() == [End()]

    def test_audio_from_the_client_is_ignored(self) -> None:
        server = self.stream()
        server.receive_message(b"audio", now=0.0)

        assert server.commands_received() == []

    @pytest.mark.parametrize("problem", list(MediaProblem))
    def test_each_problem_has_a_text_of_the_service(self, problem: MediaProblem) -> None:
        server = self.stream()
        server.messages_to_send()
        server.source_failed(MediaError("h/x.mp3 is odd", problem=problem))
        [said] = sent(server)

        assert isinstance(said, dict)
        assert said["error"].endswith(" (h/x.mp3 is odd)")
        assert ": " in said["error"]
        assert server.close == Close(code=1000)

    def test_a_silent_stream_is_ended_only_with_a_limit(self) -> None:
        patient, strict = self.stream(), self.stream(stream_silence_s=1)
        for server in (patient, strict):
            for _ in range(50):
                server.hear(PCM, now=0.0)

        assert patient.close is None
        assert strict.close == Close(code=1000)

    def test_a_word_restarts_the_time_without_words(self) -> None:
        server = self.stream(stream_silence_s=1)
        for number in range(15):
            server.report(PartialText(text=f"word {number}"))
            server.hear(PCM, now=0.0)

        assert server.close is None
