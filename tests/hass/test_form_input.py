"""The values that a user has entered are stored in a form that the package can read."""

from custom_components.wyoming_bridge.form_input import cleaned


def test_values_are_stored_without_empty_ones_and_with_integers() -> None:
    given = {
        "name": " Kitchen ",
        "language": "",
        "absent": None,
        "off": False,
        "terms": [],
        "blank": [" ", ""],
        "some": [" a", "\t", "b c"],
        "whole": 700.0,
        "part": 0.5,
        "none": 0.0,
        "inner": {"whole": 3.0, "empty": " "},
        "nothing": {"empty": "", "inner": {}},
    }

    kept = cleaned(given)

    assert kept == {
        "name": "Kitchen",
        "off": False,
        "some": ["a", "b c"],
        "whole": 700,
        "part": 0.5,
        "none": 0,
        "inner": {"whole": 3},
    }
    assert [type(kept[name]) for name in ("whole", "none", "part")] == [int, int, float]
