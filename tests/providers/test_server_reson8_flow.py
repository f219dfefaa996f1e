"""The emulated Reson8: flushes, their answers, and the end of a session."""

import pytest

from reson8_servers import CONFIRMATION, FINAL, FLUSH, SECOND, accepted, feed, sent
from wyoming_bridge.events import FinalText
from wyoming_bridge.providers.account import Account
from wyoming_bridge.providers.serving import Close, Feed, Flush


class TestFlow:
    def test_audio_and_flushes_reach_the_engine_in_order(self) -> None:
        server = accepted()
        server.receive_message(b"one", now=0.0)
        server.receive_message(FLUSH, now=0.0)
        server.receive_message(b"two", now=0.0)
        assert server.commands_received() == [Feed(audio=b"one"), Flush(), Feed(audio=b"two")]
        assert server.commands_received() == []

    def test_each_flush_is_confirmed_with_its_id_after_its_final_text(self) -> None:
        server = accepted()
        for flush in (FLUSH, '{"type":"flush_request"}', '{"type":"flush_request","id":null}'):
            server.receive_message(flush, now=0.0)
        server.report(FinalText(text="one"))
        server.report(FinalText(text="two"))
        server.report(FinalText(text=""))
        assert server.messages_to_send() == [
            '{"type":"transcript","text":"one"}',
            CONFIRMATION,
            '{"type":"transcript","text":"two"}',
            '{"type":"flush_confirmation","id":null}',
            '{"type":"flush_confirmation","id":null}',
        ]

    def test_a_flush_of_silence_is_confirmed_without_a_transcript(self) -> None:
        server = accepted()
        server.receive_message(FLUSH, now=0.0)
        server.report(FinalText(text=""))
        assert server.messages_to_send() == [CONFIRMATION]

    @pytest.mark.parametrize(
        "message",
        ["", "hello", "[]", "{}", '{"type":"stop"}', '{"type":"flush_request","id":7}'],
    )
    def test_an_invalid_message_gets_an_error_and_the_session_continues(self, message: str) -> None:
        server = accepted()
        server.receive_message(message, now=0.0)
        [error] = sent(server)
        assert (error["type"], error["code"]) == ("error", "INVALID_REQUEST")
        assert server.close is None
        server.receive_message(b"audio", now=0.0)
        assert server.commands_received() == [Feed(audio=b"audio")]

    def test_too_many_unanswered_flushes_end_the_session(self) -> None:
        server = accepted()
        for _ in range(1000):
            server.receive_message(FLUSH, now=0.0)
        assert server.close is None
        server.receive_message(FLUSH, now=0.0)
        server.receive_message(FLUSH, now=0.0)
        assert server.close is None
        for _ in range(1000):
            server.report(FinalText(text=""))
        *confirmed, error = sent(server)
        assert len(confirmed) == 1000
        assert error["code"] == "INVALID_REQUEST"
        assert error["message"] == ("at most 1000 unanswered flush requests are allowed")
        assert server.close == Close(code=1008, reason="INVALID_REQUEST")

    @pytest.mark.parametrize(
        ("code", "sent_code"),
        [
            ("", "INTERNAL_ERROR"),
            ("resource_exhausted", "TOO_MANY_REQUESTS"),
            ("payment_required", "PAYMENT_REQUIRED"),
        ],
    )
    def test_the_failure_of_the_engine_ends_the_session(self, code: str, sent_code: str) -> None:
        server = accepted()
        server.fail("the engine broke", code=code)
        assert sent(server) == [{"type": "error", "code": sent_code, "message": "the engine broke"}]
        assert server.close == Close(code=1011, reason=sent_code)

    def test_after_the_end_nothing_is_read_or_sent(self) -> None:
        server = accepted()
        server.receive_message(FLUSH, now=0.0)
        server.commands_received()
        server.fail("the engine broke")
        server.messages_to_send()
        server.receive_message(b"audio", now=0.0)
        server.receive_message(FLUSH, now=0.0)
        server.receive_message("rubbish", now=0.0)
        server.report(FINAL)
        assert server.commands_received() == []
        assert server.messages_to_send() == []

    def test_the_account_counts_audio_and_open_sessions(self) -> None:
        account = Account()
        account.begin(now=0.0)
        server = accepted(account=account)
        feed(server, SECOND * 2)
        assert account.audio_s == pytest.approx(2)
        server.leave(now=1.0)
        assert account.sessions == 0
