"""The names that a template of dbt can use."""

from typing import Any

import pytest
from accbooks_warehouse.pipelines.transform.template_names import by_chaining, new_context
from dbt_common.clients.jinja import MacroFuzzEnvironment

TEXT = "{{ a }} {{ range(2) | list }} {{ lipsum }} {% set b = a %}{{ b }}{{ missing is defined }}"


@pytest.mark.parametrize("context", [{"a": 1, "lipsum": "ours"}, {"a": [], "lipsum": None, "missing": 2}])
def test_a_template_is_rendered_as_by_dbt_and_its_own_names_win(context: dict[str, Any]) -> None:
    template = MacroFuzzEnvironment().from_string(TEXT)
    roots = [make(template, dict(context)) for make in (by_chaining, new_context)]
    rendered = ["".join(template.root_render_func(each)) for each in roots]
    assert rendered[0] == rendered[1]
    assert f"{context['a']} [0, 1] {context['lipsum']} {context['a']}" in rendered[1]


def test_what_dbt_forbids_is_forbidden() -> None:
    template = MacroFuzzEnvironment().from_string("")
    with pytest.raises(Exception, match="cannot use the shared or locals parameters"):
        new_context(template, {}, shared=True)
