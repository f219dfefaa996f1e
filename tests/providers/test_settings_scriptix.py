"""The settings of a Scriptix account."""

import pytest

from wyoming_bridge.errors import ConfigError, ErrorText
from wyoming_bridge.providers.scriptix import ScriptixSettings

LOGIN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("token", "text"), [("123", ErrorText.TOKEN_IS_ID), (LOGIN, ErrorText.TOKEN_OF_LOGIN)]
)
def test_a_token_of_another_kind_is_refused_for_the_service(token: str, text: ErrorText) -> None:
    with pytest.raises(ConfigError) as refused:
        ScriptixSettings(token=token)

    assert (refused.value.text, refused.value.setting) == (text, "token")
    assert token not in refused.value.message


@pytest.mark.parametrize("token", ["123", LOGIN])
def test_another_server_may_have_any_token(token: str) -> None:
    assert ScriptixSettings(token=token, url="wss://scriptix.example").token == token


@pytest.mark.parametrize("token", ["token_abc123def456", "eyJ.x", "sk_live_1", None])
def test_an_api_token_is_accepted(token: str | None) -> None:
    assert ScriptixSettings(token=token).token == token
