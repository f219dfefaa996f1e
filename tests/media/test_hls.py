"""The parser of HLS playlists: what it reads, and what it refuses so that parsing is fast."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wyoming_bridge.media.hls import (
    MAX_ENTRIES,
    InitSection,
    MasterPlaylist,
    MediaPlaylist,
    Variant,
    parse,
)
from wyoming_bridge.media.hls_values import PlaylistError
from wyoming_bridge.media.playlist import MAX_PLAYLIST_BYTES


def media(*lines: str) -> MediaPlaylist:
    playlist = parse("\n".join(["#EXTM3U", *lines]))
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def master(*lines: str) -> MasterPlaylist:
    playlist = parse("\n".join(["#EXTM3U", *lines]))
    assert isinstance(playlist, MasterPlaylist)
    return playlist


def test_a_playlist_of_a_whole_recording_is_read() -> None:
    playlist = media(
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:6",
        "#EXT-X-MEDIA-SEQUENCE:17",
        "#EXTINF:5.96,A title, with a comma",
        "1.ts?x=1,2",
        "",
        "# a comment",
        "#EXT-X-DISCONTINUITY",
        "#EXTINF:6,",
        "https://other.example/2.ts",
        "#EXT-X-ENDLIST",
    )

    assert [each.uri for each in playlist.segments] == ["1.ts?x=1,2", "https://other.example/2.ts"]
    assert [each.discontinuity for each in playlist.segments] == [False, True]
    assert playlist.first_number == 17
    assert playlist.target_s == 6
    assert playlist.complete
    assert playlist.begins_at_its_start


@pytest.mark.parametrize(
    ("lines", "at_start"),
    [((), False), (("#EXT-X-PLAYLIST-TYPE:EVENT",), True), (("#EXT-X-PLAYLIST-TYPE:VOD",), True)],
)
def test_a_playlist_without_an_end_grows(lines: tuple[str, ...], *, at_start: bool) -> None:
    playlist = media("#EXT-X-TARGETDURATION:6", *lines, "#EXTINF:1,", "1.ts")

    assert not playlist.complete
    assert playlist.begins_at_its_start is at_start


@pytest.mark.parametrize(
    ("written", "target_s"),
    [
        ("0", 1),
        ("-5", 1),
        ("0.001", 1),
        ("-inf", 1),
        ("1", 1),
        ("6", 6),
        (" 6 ", 6),
        ("9.5", 9.5),
        ("60", 60),
        ("86400", 60),
        ("1e300", 60),
        ("inf", 60),
    ],
)
def test_the_target_duration_is_1_to_60_s(written: str, target_s: float) -> None:
    assert media(f"#EXT-X-TARGETDURATION:{written}").target_s == target_s


def test_the_default_target_duration_is_1_s() -> None:
    assert media("#EXTINF:1,", "1.ts").target_s == 1


def test_byte_ranges_continue_at_the_end_of_the_previous_one() -> None:
    playlist = media(
        "#EXTINF:1,",
        "#EXT-X-BYTERANGE:100@50",
        "a.aac",
        "#EXTINF:1,",
        "#EXT-X-BYTERANGE:20",
        "a.aac",
        "#EXTINF:1,",
        "#EXT-X-BYTERANGE:20",
        "b.aac",
        "#EXTINF:1,",
        "c.aac",
    )

    assert [each.byte_range for each in playlist.segments] == [(50, 100), (150, 20), (0, 20), None]


def test_initialisation_sections_and_keys_apply_to_the_segments_after_them() -> None:
    playlist = media(
        "#EXTINF:1,",
        "1.m4s",
        '#EXT-X-MAP:BYTERANGE="720@0",URI="head.mp4"',
        '#EXT-X-KEY:METHOD=AES-128,URI="k,1",IV=0x1',
        "#EXTINF:1,",
        "2.m4s",
        "#EXT-X-KEY:METHOD=NONE",
        "#EXTINF:1,",
        "3.m4s",
    )

    init = InitSection(uri="head.mp4", byte_range=(0, 720))
    assert [each.init for each in playlist.segments] == [None, init, init]
    assert [each.encrypted for each in playlist.segments] == [False, True, False]


def test_variants_are_read_with_the_attributes_that_show_video() -> None:
    playlist = master(
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en, loud",URI="en.m3u8"',
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",URI="subtitles.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="inside the video"',
        '#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"',
        "video.m3u8",
        "#EXT-X-STREAM-INF:BANDWIDTH=90,RESOLUTION=10x10",
        "small.m3u8",
        '#EXT-X-STREAM-INF:CODECS="mp4a.40.2"',
        "audio.m3u8",
    )

    assert playlist.audio == ("en.m3u8",)
    assert playlist.variants == (
        Variant(uri="video.m3u8", bandwidth=100, has_video=True),
        Variant(uri="small.m3u8", bandwidth=90, has_video=True),
        Variant(uri="audio.m3u8", bandwidth=0, has_video=False),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "first line must be #EXTM3U"),
        ("<html>", "first line must be #EXTM3U"),
        ("#EXTM3U8", "first line must be #EXTM3U"),
        ("#EXTM3U", "neither segments nor variants"),
        ("#EXTM3U\na.ts", "neither segments nor variants"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "neither segments nor variants"),
        (
            "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:-1",
            "line 2: #EXT-X-MEDIA-SEQUENCE must be a whole number",
        ),
        ("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:\u0663", "line 2: .* must be a whole number"),
        (f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{'9' * 100_000}", "of at most 15 digits, got '9999"),
        ("#EXTM3U\n\n#EXT-X-TARGETDURATION:nan", "line 3: .* must be a number, got 'nan'"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:soon", "must be a number, got 'soon'"),
        ("#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:x@1\na", "line 4: byte range must be"),
        ("#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:0@1\na", "at least 1 byte, got 0"),
        ("#EXTM3U\n#EXT-X-MAP:BYTERANGE=1@0", "line 2: #EXT-X-MAP must have a URI"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD="AES', "the value of METHOD has no closing quote"),
    ],
)
def test_an_invalid_playlist_is_refused_with_the_line_and_the_reason(
    text: str, reason: str
) -> None:
    with pytest.raises(PlaylistError, match=reason):
        parse(text)


@pytest.mark.parametrize("tag", list(MAX_ENTRIES))
def test_more_entries_than_allowed_are_refused_before_they_are_parsed(tag: str) -> None:
    maximum = MAX_ENTRIES[tag]
    line = f"{tag}METHOD=NONE,URI=a\n"

    problem = ""
    try:
        parse("#EXTM3U\n" + line * maximum)
    except PlaylistError as error:  # some tags are invalid without others
        problem = str(error)

    assert "at most" not in problem  # the number of tags is allowed
    with pytest.raises(
        PlaylistError, match=f"at most {maximum} tags {tag[:-1]}, got {maximum + 1}"
    ):
        parse("#EXTM3U\n" + line * (maximum + 1))


@pytest.mark.parametrize(
    "unit",
    ["\n", "A", "A=", "A=,", 'A="', "A=B,", "#", "#EXT-X-BYTERANGE:", "\r", "\u2028", "a/b\n", ":"],
)
@pytest.mark.parametrize("begin", ["", "#EXT-X-STREAM-INF:", "#EXT-X-KEY:", "#EXTINF:1,\n"])
def test_the_largest_playlist_takes_time_in_proportion_to_its_size(begin: str, unit: str) -> None:
    text = f"#EXTM3U\n{begin}" + unit * (MAX_PLAYLIST_BYTES // len(unit))

    with suppress(PlaylistError):
        parse(text)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(
                ["#EXTINF:1,", "a.ts", "#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXT-X-ENDLIST"]
            ),
            st.builds(
                "{}{}".format,
                st.sampled_from(
                    [
                        "#EXT-X-KEY:",
                        "#EXT-X-MAP:URI=",
                        "#EXT-X-BYTERANGE:",
                        "#EXT-X-TARGETDURATION:",
                    ]
                ),
                st.text(max_size=20),
            ),
        ),
        max_size=20,
    )
)
@example(["#EXT-X-TARGETDURATION:1_0"])
@example(["#EXT-X-MEDIA-SEQUENCE:\u00b2"])
def test_any_text_gives_a_playlist_or_a_playlist_error(lines: list[str]) -> None:
    with suppress(PlaylistError):
        playlist = parse("\n".join(["#EXTM3U", *lines]))
        assert isinstance(playlist, MasterPlaylist) or 1 <= playlist.target_s <= 60
