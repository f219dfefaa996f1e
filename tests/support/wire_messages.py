"""Messages of each protocol, as services and clients send them."""

from wyoming_bridge.providers.elevenlabs import messages as elevenlabs

__all__ = ["CLIENT_MESSAGES", "ENDINGS", "SERVICE_MESSAGES"]

ITEM = "conversation.item.input_audio_transcription"

SERVICE_MESSAGES: dict[str, list[object]] = {
    "elevenlabs": [
        {"message_type": "partial_transcript", "text": "hi"},
        {"message_type": "committed_transcript", "text": "hi"},
        {
            "message_type": "committed_transcript_with_timestamps",
            "text": "hi",
            "language_code": "en",
            "words": [{"text": "hi", "start": 0.1, "end": 0.2, "type": "word", "logprob": -0.1}],
        },
    ],
    "reson8": [
        {"type": "transcript", "text": "hi"},
        {
            "type": "transcript",
            "text": "hi",
            "is_final": False,
            "start_ms": 1,
            "duration_ms": 2,
            "words": [{"text": "hi", "start_ms": 1, "duration_ms": 2, "confidence": 0.9}],
        },
        {"type": "flush_confirmation", "id": "1"},
        {"type": "flush_confirmation", "id": "finish"},
        {"type": "flush_confirmation", "id": None},
    ],
    "scriptix": [
        {"state": "loading"},
        {"state": "listening", "session_id": "s"},
        {"state": "shutting_down", "at": 1},
        {"text": "hi", "is_final": False, "offset_ms": 5, "stability": 0.5},
        {
            "text": "hi",
            "is_final": True,
            "offset_ms": 5,
            "words": [["hi", 0, 5, 0.9]],
            "speaker": "Speaker 1",
        },
    ],
    "openai": [
        {"type": "input_audio_buffer.committed", "item_id": "i", "previous_item_id": None},
        {"type": "input_audio_buffer.committed", "item_id": "j", "previous_item_id": "i"},
        {"type": f"{ITEM}.delta", "item_id": "i", "content_index": 0, "delta": " hi"},
        {
            "type": f"{ITEM}.completed",
            "item_id": "i",
            "transcript": "hi",
            "languages": [{"code": "en"}],
            "logprobs": [{"token": "hi", "logprob": -0.1, "bytes": [104, 105]}],
            "usage": {"type": "duration", "seconds": 1},
        },
        {"type": "rate_limits.updated", "rate_limits": []},
        {"type": "session.updated", "session": {"audio": {"input": {"turn_detection": None}}}},
    ],
    "vllm": [
        {"type": "transcription.delta", "delta": " hi"},
        {"type": "transcription.done", "text": " hi", "usage": {"total_tokens": 1}},
    ],
    "nim": [
        {"type": f"{ITEM}.delta", "item_id": "i", "delta": "hi"},
        {
            "type": f"{ITEM}.completed",
            "item_id": "i",
            "transcript": "hi",
            "is_last_result": False,
            "words_info": {
                "words": [
                    {
                        "word": "hi",
                        "start_time": 1,
                        "end_time": 2,
                        "confidence": 0.9,
                        "speaker_tag": 0,
                    }
                ]
            },
        },
    ],
}
"""Messages of each service that do not end a session."""

for _dialect in ("speaches", "localai"):
    SERVICE_MESSAGES[_dialect] = SERVICE_MESSAGES["openai"]

ENDINGS: dict[str, list[object]] = {
    "elevenlabs": [
        {"message_type": "session_started", "session_id": "s", "config": {"a": 1}},
        *({"message_type": kind, "error": "no"} for kind in elevenlabs.ErrorKind),
        {"message_type": "error", "error": "input_error"},
    ],
    "reson8": [{"type": "error", "code": "X", "message": "no"}],
    "scriptix": [{"state": "stopped"}, {"error": "no"}],
    **{
        key: [
            {"type": "error", "error": {"type": "server_error", "code": "c", "message": "no"}},
            {"type": "error", "error": "no", "code": "processing_error"},
            {"type": f"{ITEM}.failed", "item_id": "i", "error": {"message": "no"}},
            {"type": f"{ITEM}.completed", "transcript": "hi", "is_last_result": True},
        ]
        for key in ("openai", "vllm", "speaches", "localai", "nim")
    },
}
CLIENT_MESSAGES: dict[str, list[object]] = {
    "elevenlabs": [
        {
            "message_type": "input_audio_chunk",
            "audio_base_64": "AAAA",
            "commit": True,
            "sample_rate": 16000,
            "previous_text": "a",
        },
        {"message_type": "input_audio_chunk", "audio_base_64": "A" * 40_000, "commit": True},
    ],
    "reson8": [{"type": "flush_request", "id": "1"}, {"type": "flush_request"}],
    "scriptix": [{"action": "start"}, {"action": "stop"}],
    "openai": [
        {
            "type": "session.update",
            "event_id": "u",
            "model": "m",
            "session": {
                "type": "transcription",
                "audio": {
                    "input": {
                        "format": {"type": "audio/pcm", "rate": 24000},
                        "transcription": {
                            "model": "m",
                            "languages": ["en"],
                            "keywords": ["a"],
                            "prompt": "p",
                        },
                        "turn_detection": {
                            "type": "server_vad",
                            "threshold": 0.5,
                            "silence_duration_ms": 500,
                        },
                    }
                },
                "include": ["item.input_audio_transcription.logprobs"],
            },
        },
        {"type": "input_audio_buffer.append", "audio": "AAAA" * 2000},
        {"type": "input_audio_buffer.commit", "event_id": "c", "final": True},
        {"type": "input_audio_buffer.clear"},
    ],
}
