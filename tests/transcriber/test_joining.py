"""Whether a space belongs between two finals."""

import pytest

from wyoming_bridge.transcriber.joining import is_unspaced, joined


@pytest.mark.parametrize(
    ("text", "more", "whole"),
    [
        ("turn on", "the light", "turn on the light"),
        ("One.", " Two. ", "One. Two."),
        ("", "two", "two"),
        ("one", "  ", "one"),
        # Chinese and Japanese, also with rare characters, punctuation, digits and emoji
        ("我搭𨋢", "落樓", "我搭𨋢落樓"),
        ("打开“客厅”", "“厨房”的灯", "打开“客厅”“厨房”的灯"),
        ("今天是3", "月5日", "今天是3月5日"),
        ("今天是", "3月", "今天是3月"),
        ("つけて💡", "ください", "つけて💡ください"),
        ("打开灯。", "谢谢", "打开灯。谢谢"),
        ("東京タワー", "です", "東京タワーです"),
        ("ﾗｲﾄ", "ｵﾝ", "ﾗｲﾄｵﾝ"),
        ("我搭", "\U00031350樓", "我搭\U00031350樓"),
        ("时间是１", "０点", "时间是１ ０点"),
        # other scripts without spaces between words
        ("เปิด", "ไฟ", "เปิดไฟ"),
        ("បើក", "ភ្លើង", "បើកភ្លើង"),
        ("ເປີດ", "ໄຟ", "ເປີດໄຟ"),
        ("မီး", "ဖွင့်", "မီးဖွင့်"),
        # scripts with spaces
        ("불을", "켜줘", "불을 켜줘"),
        ("включи", "свет", "включи свет"),
        ("أضئ", "النور", "أضئ النور"),
        ("turn on 💡", "now", "turn on 💡 now"),
        ("channel 3", "4", "channel 3 4"),
        ("好的", "OK", "好的 OK"),
        # punctuation
        ("turn on the light", ", please", "turn on the light, please"),
        ("is it on", "?", "is it on?"),
        ("“turn it on", "” he said", "“turn it on” he said"),
        ("(turn it on", ")", "(turn it on)"),
        ("a (", "b)", "a (b)"),
        ("say “", "yes”", "say “yes”"),
        ("say", "“yes”", "say “yes”"),
        ("sag „ja“", "bitte", "sag „ja“ bitte"),
        ("set it to", ".5 degrees", "set it to .5 degrees"),
        ("well", "…and then", "well …and then"),
        # a mark that belongs to the letter before it
        ("नमस", "्ते", "नमस्ते"),
    ],
)
def test_there_is_a_space_between_two_texts_if_their_scripts_need_one(
    text: str, more: str, whole: str
) -> None:
    assert joined(text, more) == whole


@pytest.mark.parametrize("character", "好あアｱก。「ー々")
def test_some_characters_need_no_space(character: str) -> None:
    assert is_unspaced(character)


@pytest.mark.parametrize("character", "aé1ж한ﾡ💡 .“")
def test_other_characters_need_a_space(character: str) -> None:
    assert not is_unspaced(character)
