"""The form of an account has the fields that its service needs."""

import pytest
from homeassistant.helpers.selector import (
    TextSelector,
)
from probatio import Optional

from custom_components.wyoming_bridge.account_fields import service_fields
from custom_components.wyoming_bridge.bridge import PROVIDERS, ProviderName
from wyoming_bridge.providers.openai.service import MODELS


@pytest.mark.parametrize("provider", ProviderName)
def test_an_account_has_a_password_field_for_its_token_and_the_languages_of_the_service(
    provider: ProviderName,
) -> None:
    form = service_fields(provider)

    assert form["token"].config["type"] == "password"
    assert form["language"].config["languages"] == list(PROVIDERS[provider].capabilities.languages)
    own = PROVIDERS[provider].account_fields
    assert own or form["advanced"].options == {"collapsed": True}
    assert set(own) <= set(map(str, form))


def test_a_server_of_the_user_has_its_address_and_model_at_the_top_and_needs_no_token() -> None:
    form = service_fields(ProviderName.OPENAI)

    assert [str(key) for key in form] == ["url", "model", "token", "language"]
    assert all(isinstance(key, Optional) for key in form)
    assert isinstance(form["url"], TextSelector)


def test_the_models_of_openai_are_a_list_with_free_entry() -> None:
    model = service_fields(ProviderName.OPENAI)["model"]

    assert model.config["options"] == list(MODELS)
    assert (model.config["multiple"], model.config["custom_value"]) == (False, True)
