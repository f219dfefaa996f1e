"""Every field and section of a form refuses a value of another kind.

``test_texts`` tries texts in fields of texts. A list without an entry that has text is left out.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest

from custom_components.wyoming_bridge.bridge import PROVIDERS
from custom_components.wyoming_bridge.form_input import without_sections
from flow_api import FlowApi, paths_of, value_at, with_value, without
from form_table import (
    ACCOUNTS,
    entity_values,
    expect_told,
    sections_of,
)
from form_values import (
    BLANK_LISTS,
    WRONG,
    WRONG_TEXTS,
    complete,
    fields_in,
    wrong_values,
)


async def try_kinds(api: FlowApi, valid: Mapping[str, Any]) -> None:
    """Submit a form with each field missing, or with a value of another kind."""
    form = await api.form()
    flow_id = str(form["flow_id"])
    kinds = {*WRONG, *WRONG_TEXTS}
    fields = [each for each in fields_in(form["data_schema"]) if each.kind in kinds]
    wrong = [(field, value) for field in fields for value in wrong_values(field)]

    assert wrong
    for field, value in wrong:
        answer = await api.submit(flow_id, with_value(valid, field.path, value))
        expect_told(answer, f"{field.path} is {value!r}")
        assert set(answer.errors) <= {*field.path, "base"}, answer.body


async def try_swapped(api: FlowApi, valid: Mapping[str, Any]) -> None:
    """Submit a form in which two fields of different kinds have each other's value.

    The first field of each kind is swapped with all fields of other kinds.
    """
    form = await api.form()
    flow_id = str(form["flow_id"])
    fields = [each for each in fields_in(form["data_schema"]) if each.kind in WRONG]
    full = complete(valid, fields)
    first = {each.kind: each for each in reversed(fields)}
    pairs = [(one, other) for one in first.values() for other in fields if one.kind != other.kind]

    for one, other in pairs:
        swapped = with_value(full, one.path, other.example)
        swapped = with_value(swapped, other.path, one.example)
        expect_told(await api.submit(flow_id, swapped), f"{one.path} and {other.path} are swapped")
    assert not (await api.submit(flow_id, full)).errors


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_a_new_entity_is_refused_with_a_value_of_another_kind(
    kind: str, new_entity: FlowApi
) -> None:
    await try_kinds(new_entity, entity_values(kind))


@pytest.mark.parametrize("kind", ["elevenlabs", "bridge"])  # the form is that of a new entity
async def test_a_changed_entity_is_refused_with_a_value_of_another_kind(
    kind: str, changed_entity: FlowApi
) -> None:
    await try_kinds(changed_entity, entity_values(kind))


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_an_entity_is_refused_with_the_values_of_two_fields_swapped(
    kind: str, new_entity: FlowApi
) -> None:
    await try_swapped(new_entity, entity_values(kind))


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_a_new_account_is_refused_with_a_value_of_another_kind(
    new_account: FlowApi, account_values: dict[str, Any]
) -> None:
    await try_kinds(new_account, account_values)


@pytest.mark.parametrize("kind", ["elevenlabs", "openai", "local", "bridge"])
async def test_a_changed_account_is_refused_with_a_value_of_another_kind(
    changed_account: FlowApi, account_values: dict[str, Any]
) -> None:
    await try_kinds(changed_account, without(account_values, ("language",)))


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_a_new_account_is_refused_with_values_of_different_kinds_swapped(
    new_account: FlowApi, account_values: dict[str, Any]
) -> None:
    """Texts are swapped with each other in ``test_texts``."""
    form = await new_account.form()
    fields = {each.path: each for each in fields_in(form["data_schema"])}
    pairs = [
        (one, other)
        for one, other in combinations(fields.values(), 2)
        if len({one.kind, other.kind} - {"choice or text"}) == 2
    ]

    for one, other in pairs:
        full = complete(account_values, [one, other])
        swapped = with_value(full, one.path, value_at(full, other.path))
        swapped = with_value(swapped, other.path, value_at(full, one.path))
        answer = await new_account.submit(str(form["flow_id"]), swapped)
        expect_told(answer, f"{one.path} and {other.path} are swapped")
    assert pairs


@pytest.mark.parametrize("kind", PROVIDERS)
async def test_a_section_of_an_account_that_is_missing_or_no_section_is_refused(
    kind: str, new_account: FlowApi, account_values: dict[str, Any]
) -> None:
    flow_id = await new_account.open()
    sections = {name for name, value in account_values.items() if isinstance(value, dict)}

    for name in sections:
        wrongs = [{**account_values, name: wrong} for wrong in ("", " ", 7, None, [], [{}])]
        for values in (*wrongs, without(account_values, (name,))):
            assert set((await new_account.submit(flow_id, values)).errors) == {name}
    assert bool(sections) == (kind != "openai")


@pytest.mark.parametrize("kind", ["bridge"])
@pytest.mark.parametrize("switch", ["ssl", "remove_token"])
async def test_a_switch_of_an_account_is_on_or_off_whatever_a_client_sends(
    switch: str, changed_account: FlowApi, account_values: dict[str, Any]
) -> None:
    """The bridge has no TLS and needs its token, so the form is accepted while a switch is off."""
    for value in ("", " ", "no", 0, 7, None, [], [0], {}, {"on": True}):
        flow_id = await changed_account.open()
        values = {**without(account_values, ("token",)), switch: value}

        answer = await changed_account.submit(flow_id, values)

        if value:
            expect_told(answer, f"{switch} is {value!r}")
        else:
            assert answer.body["reason"] == "reconfigure_successful", value


@pytest.mark.parametrize("kind", ACCOUNTS)
async def test_a_section_that_is_missing_or_no_section_is_refused(
    kind: str, new_entity: FlowApi
) -> None:
    values = entity_values(kind)
    flow_id = await new_entity.open()

    for name in sections_of(kind):
        answers = [
            await new_entity.submit(flow_id, {**values, name: wrong})
            for wrong in ("", " ", 7, None, [], [{}])
        ]
        answers.append(await new_entity.submit(flow_id, without(values, (name,))))
        assert [set(each.errors) for each in answers] == [{name}] * 7


@pytest.mark.parametrize("kind", ["elevenlabs", "bridge"])
async def test_a_switch_is_stored_as_true_or_false_whatever_a_client_sends(
    kind: str, changed_entity: FlowApi
) -> None:
    """Home Assistant converts each value to a boolean, and refuses none."""
    form = await changed_entity.form()
    switches = [each.path for each in fields_in(form["data_schema"]) if each.kind == "boolean"]
    assert len(switches) >= 2

    for value in ("", " ", "no", 0, 7, None, [], {}):
        values = entity_values(kind)
        for path in switches:
            values = with_value(values, path, value)
        flow_id = await changed_entity.open()
        answer = await changed_entity.submit(flow_id, values)
        if answer.body["type"] == "form":  # a switch that is on can bring more settings
            answer = await changed_entity.submit(flow_id, values)

        assert answer.body["reason"] == "reconfigure_successful", value
        stored = stored_settings(changed_entity)
        assert {type(stored[path[-1]]) for path in switches} == {bool}, value


@pytest.mark.parametrize("kind", ["elevenlabs", "bridge"])
async def test_each_optional_field_of_an_entity_may_be_missing(
    kind: str, changed_entity: FlowApi
) -> None:
    form = await changed_entity.form()
    fields = [each for each in fields_in(form["data_schema"]) if each.kind in WRONG]
    full = complete(entity_values(kind), fields)
    optional = [path for path in paths_of(full) if path[-1] not in {"name", "profile"}]

    for path in optional:
        answer = await changed_entity.submit(await changed_entity.open(), without(full, path))

        assert answer.body.get("reason") == "reconfigure_successful", (path, answer)


def stored_settings(api: FlowApi) -> dict[str, Any]:
    """Return the settings of the changed entity, without their sections."""
    entry = api.hass.config_entries.async_entries("wyoming_bridge")[0]
    return without_sections(entry.subentries["kitchen"].data)


@pytest.mark.parametrize("kind", ACCOUNTS)
@pytest.mark.parametrize("blank", BLANK_LISTS, ids=repr)
async def test_a_list_without_text_is_left_out(
    blank: list[str], kind: str, changed_entity: FlowApi
) -> None:
    form = await changed_entity.form()
    fields = fields_in(form["data_schema"])
    lists = [each for each in fields if each.selector.get("custom_value") and each.kind == "list"]
    values = entity_values(kind)
    for each in lists:
        values = with_value(values, each.path, blank)

    answer = await changed_entity.submit(str(form["flow_id"]), values)

    entry = changed_entity.hass.config_entries.async_entries("wyoming_bridge")[0]
    data = entry.subentries["kitchen"].data
    assert answer.body["reason"] == "reconfigure_successful"
    flat = {**data, **data.get("bias", {}), **data.get("recognition", {})}
    assert not {each.path[-1] for each in lists} & set(flat)
