"""What the info of a bridge says about its page."""

import json

import pytest

from wyoming_bridge.extensions.info import PagePlace, bridge_data, identity_of, page_of
from wyoming_bridge.json_fields import JsonFields

ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("page", "data"),
    [
        (PagePlace(port=10381), {"wyoming_bridge": {"id": ID, "page": {"port": 10381}}}),
        (PagePlace(port=None), {"wyoming_bridge": {"id": ID, "page": {"ingress": True}}}),
        (None, {"wyoming_bridge": {"id": ID}}),
    ],
)
def test_info_has_the_place_of_the_page_beside_the_id(
    page: PagePlace | None, data: dict[str, object]
) -> None:
    written = bridge_data(bridge_id=ID, page=page)
    read = JsonFields(json.loads(json.dumps(written)), provider="the bridge")

    assert written == data
    assert (identity_of(read), page_of(read)) == (ID, page)


def test_a_bridge_without_a_folder_has_a_page_but_no_id() -> None:
    data = bridge_data(bridge_id=None, page=PagePlace(port=80))

    assert data == {"wyoming_bridge": {"page": {"port": 80}}}
    assert bridge_data(bridge_id=None, page=None) == {}


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"port": 0},
        {"port": 65536},
        {"port": 10**400},
        {"port": 1.5},
        {"port": float("nan")},
        {"port": True},
        {"port": "10381"},
        {"port": None},
        {"ingress": "yes"},
        {"ingress": 1},
        "http://evil.example",
        [10381],
        10381,
    ],
)
def test_a_place_that_is_not_valid_counts_as_missing(page: object) -> None:
    assert page_of(JsonFields({"wyoming_bridge": {"page": page}}, provider="the bridge")) is None


@pytest.mark.parametrize("ours", ["x", 5, ["page"], None])
def test_no_form_of_the_field_is_an_error(ours: object) -> None:
    assert page_of(JsonFields({"wyoming_bridge": ours}, provider="the bridge")) is None
