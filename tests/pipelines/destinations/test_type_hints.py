"""Type hints of dlt's schemas, resolved once."""

from __future__ import annotations

import sys

from accbooks_warehouse.pipelines.destinations.type_hints import by_dlt, replace_dlts, resolved_once
from dlt.common import validation
from dlt.common.schema.typing import TColumnSchema, TStoredSchema, TTableSchema


def test_hints_are_those_that_dlt_resolves() -> None:
    for specification in (TStoredSchema, TTableSchema, TColumnSchema):
        module = vars(sys.modules[specification.__module__])
        expected = by_dlt(specification, globalns=module)
        first = resolved_once(specification, globalns=module)
        assert first == expected
        assert resolved_once(specification, globalns=module) is first


def test_dlt_uses_it_once_it_is_replaced() -> None:
    replace_dlts()
    assert validation.get_type_hints is resolved_once
