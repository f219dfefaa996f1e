"""Settings: the values that are refused before a socket is opened, and the errors."""

from dataclasses import dataclass, fields
from typing import get_type_hints

import pytest

from wyoming_bridge.errors import ConfigError
from wyoming_bridge.options import Option, option, options_of
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.registry import PROVIDERS, new_client
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.settings import Settings

ALL = [provider.settings for provider in PROVIDERS.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Settings):
    """Settings with one option of each kind."""

    url: str = option("wss://example.org", doc="Where it is.")
    seconds: float = option(1.0, doc="How long.", unit="s", minimum=0.5, maximum=3)
    colour: str | None = option(None, doc="Which one.", choices=("red", "blue"))
    names: tuple[str, ...] = option(
        (), doc="Who.", unit="characters", minimum=2, maximum=4, max_items=3
    )
    at_least: int = option(1, doc="How many.", minimum=1)
    at_most: int = option(1, doc="How many.", maximum=9, unit="pieces")


def declared(name: str) -> Option:
    return dict(options_of(Example))[name]


class TestOption:
    def test_an_option_has_its_default(self) -> None:
        assert Example().seconds == 1.0

    def test_options_have_the_order_of_their_declaration(self) -> None:
        names = [name for name, _ in options_of(Example)]
        assert names == [
            "url",
            "language",
            "plain_ws_hosts",
            "seconds",
            "colour",
            "names",
            "at_least",
            "at_most",
        ]

    def test_the_token_is_not_an_option(self) -> None:
        assert "token" not in dict(options_of(Example))

    @pytest.mark.parametrize(
        ("name", "allowed"),
        [
            ("seconds", "0.5 to 3 s"),
            ("colour", "red or blue"),
            ("names", "2 to 4 characters"),
            ("at_least", "at least 1"),
            ("at_most", "at most 9 pieces"),
            ("url", ""),
        ],
    )
    def test_the_range_is_described(self, name: str, allowed: str) -> None:
        assert declared(name).allowed == allowed

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("seconds", 0.5),
            ("seconds", 3),
            ("colour", None),
            ("colour", "red"),
            ("names", ()),
            ("names", ("ab", "abcd", "abc")),
            ("at_least", 10**9),
            ("at_most", -(10**9)),
        ],
    )
    def test_a_value_within_the_range_is_accepted(self, name: str, value: object) -> None:
        assert declared(name).problem(value) is None

    @pytest.mark.parametrize(
        ("name", "value", "problem"),
        [
            ("seconds", 0.49, "must be 0.5 to 3 s, got 0.49"),
            ("seconds", 3.1, "must be 0.5 to 3 s, got 3.1"),
            ("colour", "green", "must be red or blue, got 'green'"),
            ("colour", "", "must be red or blue, got ''"),
            ("names", ("ab",) * 4, "must have at most 3 entries, got 4"),
            ("names", ("ab", "a"), "must be 2 to 4 characters, got 'a'"),
            ("names", ("abcde", "ab"), "must be 2 to 4 characters, got 'abcde'"),
            ("at_least", 0, "must be at least 1, got 0"),
            ("at_most", 10, "must be at most 9 pieces, got 10"),
        ],
    )
    def test_a_value_out_of_range_is_refused_with_the_range(
        self, name: str, value: object, problem: str
    ) -> None:
        assert declared(name).problem(value) == problem

    def test_the_error_names_the_invalid_option(self) -> None:
        with pytest.raises(ConfigError, match=r"^seconds: must be 0\.5 to 3 s, got 9"):
            Example(seconds=9)


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "wss://example.org",
            "wss://example.org/",
            "wss://example.org:8443/prefix",
            "WSS://example.org",
            "wss://[2001:db8::1]:8443",
            "ws://127.0.0.1:8765",
            "ws://127.0.0.2:8765",
            "ws://localhost",
            "ws://LOCALHOST",
            "ws://[::1]:8765/eleven",
        ],
    )
    def test_tls_is_allowed_to_all_hosts_and_plain_text_to_this_machine(self, url: str) -> None:
        assert Example(url=url).url == url

    @pytest.mark.parametrize(
        "url", ["", "example.org", "https://example.org", "http://localhost", "wss://", "wss:///x"]
    )
    def test_an_address_that_is_not_a_websocket_address_is_refused(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"^url: must be wss://host"):
            Example(url=url)

    @pytest.mark.parametrize(
        "url",
        [
            "wss://user@example.org",
            "wss://user:secret@example.org",
            "wss://:secret@example.org",
            "wss://example.org?token=1",
            "wss://example.org/?",
            "wss://example.org?",
            "wss://example.org#part",
            "wss://example.org/#",
        ],
    )
    def test_a_user_a_query_and_a_fragment_are_refused(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"^url: must not contain") as caught:
            Example(url=url)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        "url", ["wss://example.org:x", "wss://example.org:99999", "wss://[::1"]
    )
    def test_an_address_that_cannot_be_read_is_refused(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"^url: "):
            Example(url=url)

    @pytest.mark.parametrize(
        "url", ["ws://example.org", "ws://192.168.1.5:8765", "ws://localhost.x"]
    )
    def test_plain_text_to_another_machine_is_refused_by_its_name(self, url: str) -> None:
        with pytest.raises(ConfigError, match="unencrypted"):
            Example(url=url)

    @pytest.mark.parametrize("url", ["ws://127.0.0.2:8765", "ws://[::1]:8765", "ws://LocalHost"])
    def test_plain_text_to_this_machine_is_allowed(self, url: str) -> None:
        assert Example(url=url).url == url

    @pytest.mark.parametrize("host", ["server.lan", "Server.LAN"])
    @pytest.mark.parametrize("url", ["ws://server.lan:8765", "ws://SERVER.lan"])
    def test_plain_text_to_a_listed_host_is_allowed(self, url: str, host: str) -> None:
        assert Example(url=url, plain_ws_hosts=("other.lan", host)).url == url


class TestToken:
    @pytest.mark.parametrize("token", [None, "", "abc", "eyJhbGciOi.J9-_~+/="])
    def test_a_token_of_printable_characters_is_accepted(self, token: str | None) -> None:
        assert Example(token=token).token == token

    @pytest.mark.parametrize(
        "token", ["s3cret\n", "s3cret\r\nx: y", "s3 cret", "s3crét", "s3cret\0"]
    )
    def test_a_token_that_would_break_a_header_is_refused_and_not_shown(self, token: str) -> None:
        with pytest.raises(ConfigError, match=r"^token: ") as caught:
            Example(token=token)
        assert "s3" not in str(caught.value)

    @pytest.mark.parametrize("kind", ALL)
    def test_the_repr_does_not_show_the_token(self, kind: type[Settings]) -> None:
        assert "s3cret" not in repr(kind(token="s3cret"))


class TestLanguage:
    @pytest.mark.parametrize(
        ("language", "base"),
        [
            (None, None),
            ("nl", "nl"),
            ("nl-BE", "nl"),
            ("nl_BE", "nl"),
            ("NL", "nl"),
            ("zh-Hant-TW", "zh"),
            ("nld", "nld"),
        ],
    )
    def test_the_base_language_has_no_region(self, language: str | None, base: str | None) -> None:
        assert Example(language=language).base_language == base

    @pytest.mark.parametrize("language", ["", "n", "nederlandse taal"])
    def test_a_language_that_is_not_a_code_is_refused(self, language: str) -> None:
        with pytest.raises(
            ConfigError, match=r"^language: must be a language code such as nl or nl-BE, got '"
        ):
            Example(language=language)


class TestProviders:
    @pytest.mark.parametrize("kind", ALL)
    def test_the_defaults_are_valid_and_use_tls(self, kind: type[Settings]) -> None:
        assert kind().url.startswith("wss://")

    @pytest.mark.parametrize("kind", ALL)
    def test_every_setting_except_the_token_is_explained(self, kind: type[Settings]) -> None:
        options = dict(options_of(kind))
        assert {each.name for each in fields(kind)} - {"token"} == set(options)
        assert all(each.doc.endswith(".") for each in options.values())

    @pytest.mark.parametrize("kind", ALL)
    def test_an_unknown_way_to_send_the_token_is_refused(self, kind: type[Settings]) -> None:
        with pytest.raises(ConfigError, match=r"^auth: must be .*, got 'cookie'$"):
            kind(auth="cookie")  # type: ignore[call-arg]

    def test_at_most_50_keyterms_of_20_characters_are_allowed(self) -> None:
        assert len(ElevenLabsSettings(keyterms=("k" * 20,) * 50).keyterms) == 50
        with pytest.raises(ConfigError, match="must have at most 50 entries, got 51"):
            ElevenLabsSettings(keyterms=("k",) * 51)
        with pytest.raises(ConfigError, match="1 to 20 characters"):
            ElevenLabsSettings(keyterms=("k" * 21,))
        with pytest.raises(ConfigError, match="1 to 20 characters"):
            ElevenLabsSettings(keyterms=("",))

    @pytest.mark.parametrize("kind", ALL)
    @pytest.mark.parametrize("blank", [" ", "\t\n", "\N{NO-BREAK SPACE}"])
    def test_a_text_that_must_not_be_empty_must_not_consist_of_spaces(
        self, kind: type[Settings], blank: str
    ) -> None:
        hints = {name: str(hint) for name, hint in get_type_hints(kind).items()}
        needed = {name for name, each in options_of(kind) if each.minimum}
        for name in (each for each in needed if "str" in hints[each]):
            value = (blank,) if "tuple" in hints[name] else blank
            with pytest.raises(ConfigError, match=rf"^{name}: "):
                kind(**{name: value})  # type: ignore[arg-type]

    def test_an_empty_model_is_refused(self) -> None:
        with pytest.raises(ConfigError, match=r"^model: "):
            ElevenLabsSettings(model="")

    def test_scriptix_has_two_types(self) -> None:
        with pytest.raises(ConfigError, match=r"^type: must be fast or .*, got 'slow'$"):
            ScriptixSettings(type="slow")

    def test_the_capabilities_match_the_clients(self) -> None:
        for provider in PROVIDERS.values():
            assert new_client(provider.settings()).capabilities == provider.capabilities

    def test_settings_of_an_unknown_class_are_refused(self) -> None:
        with pytest.raises(
            ConfigError, match=r"must be one of ElevenLabsSettings, .*, got Example$"
        ):
            new_client(Example())
