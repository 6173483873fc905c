"""Equal elements of lists become one object, and only equal ones do."""

from __future__ import annotations

import copy
import json
import random

import pytest

from storepact.transport.secret_members import mask_members, secret_texts
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


MEMBERS = frozenset({"password", "secret"})


def _value(generator, depth):
    """A JSON value with secret members, patch operations and lists at any place."""
    kind = generator.random()
    if depth == 0 or kind < 0.3:
        return generator.choice(["", "abc", 1, None, True, "p/password"])
    if kind < 0.6:
        return [_value(generator, depth - 1) for _ in range(generator.randint(0, 3))]
    names = generator.sample(["password", "secret", "a", "b", "path", "value", "op"], generator.randint(0, 4))
    return {name: _value(generator, depth - 1) for name in names}


@pytest.mark.parametrize("seed", range(3))
def test_masking_by_elements_is_masking(seed):
    """What is masked, and the texts that are, are those of the value as a whole, before and after others."""
    generator, elements = random.Random(seed), SharedElements()
    for _ in range(300):
        value = _value(generator, 4)
        expected = mask_members(value, MEMBERS)
        texts = list(secret_texts(value, MEMBERS)) if isinstance(value, dict | list) else []
        for _ in range(2):
            shared = elements.share(copy.deepcopy(value))
            assert elements.mask(shared, MEMBERS) == (expected, texts)


def test_equal_elements_are_masked_to_one_object():
    """So that what is worked out of the masked ones is known, too."""
    elements = SharedElements()
    first, second = (
        elements.mask(elements.share({"items": [{"a": {"password": "x"}}] * 2, "n": number}), MEMBERS)[0]
        for number in (1, 2)
    )
    assert first["items"][0] is second["items"][1]
