"""The column of a load's id."""

import pyarrow as pa
import pytest
from accbooks_warehouse.pipelines.destinations.load_ids import add_constant_column, by_dlt

ROWS = {"none": [], "some": ["a", None, "c"]}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
@pytest.mark.parametrize("index", [-1, 0])
@pytest.mark.parametrize("of", [pa.table, pa.record_batch])
def test_it_is_the_column_that_dlt_adds(rows, kind, index, of):
    given = of({"name": pa.array(rows, pa.string()), "other": pa.array(rows, pa.string())})
    by_us, expected = (
        add(given, "_dlt_load_id", kind, "1764460800.5", nullable=False, index=index)
        for add in (add_constant_column, by_dlt)
    )
    assert by_us.schema.equals(expected.schema, check_metadata=True)
    assert by_us.equals(expected)


@pytest.mark.parametrize(("value", "options"), [(7, {}), (None, {}), ("seven", {"use_dictionary": False})])
def test_other_columns_are_left_to_dlt(value, options):
    given = pa.table({"name": ["a", "b"]})
    kind = pa.string() if isinstance(value, str) else pa.int64()
    added = add_constant_column(given, "added", kind, value, **options)
    assert added.equals(by_dlt(given, "added", kind, value, **options))
