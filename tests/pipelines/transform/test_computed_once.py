"""What Jinja and dbt compute, kept for the next process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.transform import computed_once
from accbooks_warehouse.pipelines.transform.computed_once import Computed
from dbt.artifacts.resources.v1.config import TestConfig
from dbt.contracts.project import Project
from dbt_common.clients.jinja import MacroFuzzEnvironment, get_environment
from jinja2 import TemplateSyntaxError

TEXTS = ("{{ number + 1 }}", "{% for each in (1, 2) %}{{ each }}{% endfor %}")


def environment() -> MacroFuzzEnvironment:
    made = get_environment()
    assert isinstance(made, MacroFuzzEnvironment)
    return made


def rendered(computed: Computed, text: str) -> Any:
    own = environment()
    code = computed.value("template", text, lambda: computed_once.by_jinja(own, text))
    return own.template_class.from_code(own, code, {}).render({"number": 1})


def refuse(*_: Any) -> Any:
    raise AssertionError("compiled again")


def test_what_is_kept_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "jinja" / "kept"
    first = Computed(file)
    expected = [rendered(first, text) for text in TEXTS]
    assert [str(each) for each in expected] == ["2", "12"]
    first.save()
    monkeypatch.setattr(computed_once, "by_jinja", refuse)
    second = Computed(file)
    assert [rendered(second, text) for text in TEXTS] == expected
    with pytest.raises(AssertionError, match="compiled again"):
        rendered(second, TEXTS[0] + " ")


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1], lambda content: b"x" + content, lambda _: b""]
)
def test_a_damaged_file_is_nothing_and_is_replaced(tmp_path: Path, damage: Any) -> None:
    file = tmp_path / "kept"
    first = Computed(file)
    rendered(first, TEXTS[0])
    first.save()
    file.write_bytes(damage(file.read_bytes()))
    second = Computed(file)
    assert str(rendered(second, TEXTS[0])) == "2"
    second.save()
    assert file.read_bytes() != damage(file.read_bytes())
    assert str(rendered(Computed(file), TEXTS[0])) == "2"


def test_where_nothing_can_be_kept_computed_are_compiled_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "jinja").write_text("in the way")
    computed = Computed(tmp_path / "jinja" / "kept")
    assert str(rendered(computed, TEXTS[0])) == "2"
    computed.save()


def test_no_more_texts_are_kept_than_a_project_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computed_once, "MOST", 1)
    file = tmp_path / "kept"
    for text in TEXTS:
        computed = Computed(file)
        rendered(computed, text)
        computed.save()
    monkeypatch.setattr(computed_once, "by_jinja", refuse)
    assert str(rendered(Computed(file), TEXTS[1])) == "12"


def test_errors_are_jinjas(tmp_path: Path) -> None:
    computed = Computed(tmp_path / "kept")
    for _ in range(2):
        with pytest.raises(TemplateSyntaxError):
            rendered(computed, "{{ number ")


@pytest.mark.parametrize("described", [Project, TestConfig])
def test_a_schema_is_as_mashumaro_derives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, described: type
) -> None:
    monkeypatch.setattr(computed_once, "_of_process", [Computed(tmp_path / "kept")])
    derived = computed_once.by_mashumaro(described).to_dict()
    assert computed_once.derive_once(described).to_dict() == derived
    computed_once.save()
    monkeypatch.setattr(computed_once, "_of_process", [Computed(tmp_path / "kept")])
    monkeypatch.setattr(computed_once, "by_mashumaro", refuse)
    assert computed_once.derive_once(described).to_dict() == derived
