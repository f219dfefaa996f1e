"""The emulated Reson8: the fields of its results."""

from itertools import product

import pytest

from reson8_servers import FINAL, SECOND, accepted, feed, sent
from wyoming_bridge.events import FinalText, PartialText


class TestResults:
    @pytest.mark.parametrize("flags", list(product(["false", "true"], repeat=6)))
    def test_a_final_text_has_exactly_the_requested_fields(self, flags: tuple[str, ...]) -> None:
        timestamps, words, confidence, interim, language, diarize = (f == "true" for f in flags)
        server = accepted(
            include_timestamps=flags[0],
            include_words=flags[1],
            include_confidence=flags[2],
            include_interim=flags[3],
            include_language=flags[4],
            diarize=flags[5],
        )
        server.report(FINAL)
        [message] = sent(server)
        wanted = {
            "type": True,
            "text": True,
            "is_final": interim,
            "start_ms": timestamps,
            "duration_ms": timestamps,
            "language": language,
            "speaker_id": diarize,
            "words": words,
        }
        assert list(message) == [name for name, there in wanted.items() if there]
        wanted = {
            "text": True,
            "start_ms": timestamps,
            "duration_ms": timestamps,
            "confidence": confidence,
        }
        entries = message.get("words", [])
        assert isinstance(entries, list)
        assert len(entries) == 2 * words
        for entry in entries:
            assert list(entry) == [name for name, there in wanted.items() if there]

    def test_times_are_a_start_and_a_duration(self) -> None:
        server = accepted(
            include_timestamps="true", include_words="true", include_confidence="TRUE"
        )
        server.report(FINAL)
        assert sent(server) == [
            {
                "type": "transcript",
                "text": "turn on",
                "start_ms": 1200,
                "duration_ms": 2400,
                "words": [
                    {"text": "turn", "start_ms": 1200, "duration_ms": 200, "confidence": 0.99},
                    {"text": "on", "start_ms": 1410, "duration_ms": 450, "confidence": 0.98},
                ],
            }
        ]

    def test_partial_texts_are_sent_only_on_request(self) -> None:
        plain, interim = accepted(), accepted(include_interim="true")
        plain.report(PartialText(text="turn"))
        interim.report(PartialText(text="turn"))
        assert sent(plain) == []
        assert sent(interim) == [{"type": "transcript", "text": "turn", "is_final": False}]

    def test_a_partial_text_lasts_from_its_segments_start_until_now(self) -> None:
        server = accepted(include_interim="true", include_timestamps="true")
        feed(server, SECOND * 3)
        server.report(PartialText(text="turn", start_ms=1200))
        [message] = sent(server)
        assert (message["start_ms"], message["duration_ms"]) == (1200, 1800)

    def test_an_empty_final_text_retracts_a_partial_text(self) -> None:
        server = accepted(include_interim="true")
        server.report(PartialText(text="turn"))
        server.report(FinalText(text=""))
        assert sent(server)[1:] == [{"type": "transcript", "text": "", "is_final": True}]

    def test_the_language_is_detected_or_that_of_the_engine(self) -> None:
        server = accepted(include_language="true")
        server.report(FinalText(text="a", language="nl"))
        server.report(FinalText(text="b"))
        assert [message["language"] for message in sent(server)] == ["nl", "en"]

    def test_speakers_are_numbered_in_order_up_to_the_maximum(self) -> None:
        server = accepted(diarize="true", max_speakers="2")
        for speaker in (None, "Ann", "Ben", "Ann", "Cid"):
            server.report(FinalText(text="a", speaker=speaker))
        assert [message["speaker_id"] for message in sent(server)] == [0, 0, 1, 0, 1]
