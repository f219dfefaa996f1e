"""Which proxy the environment selects for a service."""

import pytest

from wyoming_bridge.errors import ProxySettingError
from wyoming_bridge.session.proxies import Proxy, proxy_for

WSS = "wss://api.example.com/v1?token=s3cret"
PROXY = Proxy(host="proxy.lan", port=3128, setting="HTTPS_PROXY")


def found(url: str = WSS, **environment: str) -> Proxy | None:
    return proxy_for(url, provider="test", environment=environment)


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        ("http://proxy.lan:3128", PROXY),
        ("http://proxy.lan:3128/", PROXY),
        ("HTTP://PROXY.LAN:3128", PROXY),
        ("proxy.lan:3128", PROXY),
        (" proxy.lan:3128 ", PROXY),
        ("http://proxy.lan", Proxy(host="proxy.lan", port=80, setting="HTTPS_PROXY")),
        ("proxy.lan", Proxy(host="proxy.lan", port=80, setting="HTTPS_PROXY")),
        (
            "https://proxy.lan",
            Proxy(host="proxy.lan", port=443, setting="HTTPS_PROXY", encrypted=True),
        ),
        ("[fd00::1]:3128", Proxy(host="fd00::1", port=3128, setting="HTTPS_PROXY")),
        (
            "ann:p%40ss%2Fword@proxy.lan:3128",
            Proxy(
                host="proxy.lan",
                port=3128,
                setting="HTTPS_PROXY",
                credentials=("ann", "p@ss/word"),
            ),
        ),
        (
            "http://ann@proxy.lan:3128",
            Proxy(host="proxy.lan", port=3128, setting="HTTPS_PROXY", credentials=("ann", "")),
        ),
    ],
)
def test_a_proxy_is_written_with_or_without_scheme_port_and_user(value: str, proxy: Proxy) -> None:
    assert found(HTTPS_PROXY=value) == proxy


def test_only_the_headers_for_the_proxy_have_the_password() -> None:
    proxy = found(HTTPS_PROXY="ann:p%40ss@[fd00::1]:3128")

    assert proxy is not None
    assert proxy.headers == {"Proxy-Authorization": "Basic YW5uOnBAc3M="}
    assert str(proxy) == "the proxy [fd00::1]:3128 (HTTPS_PROXY)"
    assert "p@ss" not in repr(proxy)
    assert PROXY.headers == {}


@pytest.mark.parametrize(
    ("url", "names", "used"),
    [
        ("wss://a.example", ("https_proxy",), "https_proxy"),
        ("wss://a.example", ("HTTPS_PROXY",), "HTTPS_PROXY"),
        ("wss://a.example", ("ALL_PROXY",), "ALL_PROXY"),
        ("wss://a.example", ("all_proxy", "https_proxy"), "https_proxy"),
        ("wss://a.example", ("https_proxy", "wss_proxy"), "wss_proxy"),
        ("wss://a.example", ("http_proxy",), None),
        ("ws://a.example", ("http_proxy",), "http_proxy"),
        ("ws://a.example", ("http_proxy", "https_proxy"), "https_proxy"),
        ("ws://a.example", ("all_proxy",), "all_proxy"),
        ("https://a.example", ("https_proxy", "all_proxy"), "https_proxy"),
        ("https://a.example", ("all_proxy",), "all_proxy"),
        ("https://a.example", ("http_proxy",), None),
        ("http://a.example", ("http_proxy", "all_proxy"), "http_proxy"),
        ("http://a.example", ("https_proxy",), None),
        ("wss://127.0.0.1:1", ("https_proxy", "all_proxy"), None),
        ("ws://localhost:1", ("https_proxy", "all_proxy"), None),
        ("wss://[::1]:1", ("https_proxy", "all_proxy"), None),
        ("wss://a.example", (), None),
    ],
)
def test_the_most_specific_variable_is_used(
    url: str, names: tuple[str, ...], used: str | None
) -> None:
    proxy = found(url, **dict.fromkeys(names, "proxy.lan"))

    assert (proxy.setting if proxy else None) == used


@pytest.mark.parametrize(
    ("url", "no_proxy"),
    [
        (WSS, "*"),
        (WSS, "api.example.com"),
        (WSS, "API.Example.COM"),
        (WSS, "example.com"),
        (WSS, ".example.com"),
        (WSS, "*.example.com"),
        (WSS, "example.com:443"),
        (WSS, "other.lan, example.com"),
        (WSS, "other.lan example.com"),
        ("wss://192.168.1.20:9000", "192.168.1.20"),
        ("wss://192.168.1.20:9000", "192.168.1.20:9000"),
        ("wss://192.168.1.20", "192.168.0.0/16"),
        ("wss://192.168.1.20", "192.168.1.77/24"),
        ("https://10.1.2.3", "localhost,127.0.0.0/8,10.0.0.0/8"),
        ("wss://[fd00::5]", "fd00::/8"),
        ("wss://[fd00::5]", "[fd00::5]"),
        ("wss://[fd00::5]:9000", "[fd00::5]:9000"),
        ("wss://[::ffff:10.1.2.3]", "10.0.0.0/8"),
    ],
)
def test_no_proxy_lists_hosts_domains_and_networks(url: str, no_proxy: str) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        assert found(url, HTTPS_PROXY="proxy.lan", **{name: no_proxy}) is None


@pytest.mark.parametrize(
    ("url", "no_proxy"),
    [
        (WSS, ""),
        (WSS, "ample.com"),
        (WSS, "api.example.com:444"),
        (WSS, "10.0.0.0/8"),
        (WSS, "."),
        (WSS, "v1.api.example.com"),
        ("wss://192.168.1.20", "192.168.2.0/24"),
        ("wss://192.168.1.20", "192.168.1.2"),
        ("wss://192.168.1.20:9000", "192.168.1.20:9001"),
        ("wss://[fd00::5]", "fe80::/10"),
    ],
)
def test_another_host_is_not_exempt(url: str, no_proxy: str) -> None:
    assert found(url, HTTPS_PROXY="proxy.lan", NO_PROXY=no_proxy) is not None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("socks5h://ann:s3cret@proxy.lan:1080", "SOCKS proxies are not supported, got 'socks5h://"),
        ("socks4://proxy.lan", "SOCKS proxies are not supported, got 'socks4://proxy.lan'"),
        ("ftp://proxy.lan", "got 'ftp://proxy.lan'"),
        ("nonsense://", "got 'nonsense://'"),
        ("http://", "got 'http://'"),
        ("http://ann:s3cret@proxy.lan:http", "got 'http://***@proxy.lan:http'"),
        ("http://ann:s3/cr@et@proxy.lan:0", "got 'http://***@proxy.lan:0'"),
        ("ann:s3cret@proxy.lan:99999", "got '***@proxy.lan:99999'"),
        ("http://[fd00", "got 'http://[fd00'"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(
    value: str, message: str
) -> None:
    with pytest.raises(ProxySettingError) as caught:
        found(ALL_PROXY=value)

    assert caught.value.message.startswith(
        "ALL_PROXY: must be http://host:port or https://host:port"
    )
    assert message in caught.value.message
    assert "s3" not in caught.value.message
    assert not caught.value.retryable


def test_the_process_own_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.lan")
    assert str(proxy_for(WSS, provider="test")) == "the proxy proxy.lan:80 (ALL_PROXY)"

    monkeypatch.setenv("NO_PROXY", "192.0.2.0/24")
    assert proxy_for("wss://192.0.2.7", provider="test") is None
