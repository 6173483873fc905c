"""Equal elements of lists become one object, and only equal ones do."""

from __future__ import annotations

import json

from storepact.transport.shared_elements import SharedElements


def test_equal_elements_of_two_bodies_are_one_object():
    """In the list that a body is, and in the lists that its members are."""
    elements = SharedElements()
    first = elements.share({"items": [{"a": 1}, {"a": 2}], "total": 2})
    second = elements.share([{"a": 2}, {"a": 1}, {"a": 2}])
    assert [id(element) for element in second] == [id(first["items"][index]) for index in (1, 0, 1)]


def test_what_differs_in_type_or_order_stays_apart():
    """1, 1.0 and true are three values; the order of names shows in the text of a finding."""
    texts = [
        '{"a":1}',
        '{"a":1.0}',
        '{"a":true}',
        '{"a":0.0}',
        '{"a":-0.0}',
        '{"a":1,"b":2}',
        '{"b":2,"a":1}',
    ]
    value = SharedElements().share([json.loads(text) for text in [*texts, *texts]])
    assert [json.dumps(element, separators=(",", ":")) for element in value] == [*texts, *texts]
    assert len({id(element) for element in value}) == len(texts)


def test_any_json_value_stays_what_it_is():
    """Scalars, short lists, lone surrogates, and what is nested too deeply to be compared."""
    deep = "[" * 900 + "]" * 900
    lists = ('[{"a":"\\ud800"},{"a":"\\ud800"}]', f'[{{"a":{deep}}},{{"a":{deep}}},1,null]')
    for text in ("1", "null", "[]", *lists):
        assert SharedElements().share(json.loads(text)) == json.loads(text)
