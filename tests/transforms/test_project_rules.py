"""Rules that the dbt project keeps: those of dbt-project-evaluator and dbt-checkpoint that find something."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.configuration import FILES, file_variables
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parents[2] / "transforms"
LONGEST_MODEL = 100
WITHOUT_KEY = {
    "balance_findings": "the same may be wrong twice; findings tells it apart",
    "ledger_findings": "the same may be wrong twice; findings tells it apart",
    "vat_findings": "the same may be wrong twice; findings tells it apart",
    "table_findings": "the same may be wrong twice; findings tells it apart",
    "int_findings_of_keys": "the same may be wrong twice; findings tells it apart",
    "int_findings_of_records": "a record in quarantine may have no id",
    "stg_rejected_records": "a record in quarantine may have no id",
    "stg_sync_windows": "a window is read again and again",
    "changed_allocations": "an allocation beside what it was before",
}
READS_SOURCES = {
    "ledger_postings": "its hook has PostgreSQL look at what was loaded, before the ledger is read"
}
READ_ELSEWHERE = {"ledger_postings", "vat_return_lines", "vat_return_notes"}
"""Tables that others rely on, beside those that the dashboards of exposures.yml read."""
NOT_COMPARED_BY_ROW = {
    "calendar": {
        *("month_start", "month_end", "financial_year_end", "financial_quarter", "financial_month"),
        "financial_year_name",
    },
    "general_ledger_export": {
        *("posting_id", "nominal_name", "category", "contact_name", "document_number", "description"),
        *("debit", "credit"),
    },
}
"""Views: their columns are those of tables that are compared, or computed from the date of the row."""
NOT_AN_INPUT = {"stg_contacts": "contacts post nothing", "stg_closings": "a closing posts nothing"}
NO_RECORDS = {
    *("stg_balance_sheet_lines", "stg_profit_and_loss_lines", "stg_trial_balance_lines"),
    *("stg_configured_companies", "stg_rejected_records", "stg_sync_windows", "stg_vat_schemes"),
    *("stg_closings", "stg_closed_balances", "stg_closed_postings", "stg_closed_vat_lines"),
    "stg_closing_findings",
    *("stg_account_mapping", "stg_budgets", "stg_eliminations", "stg_exchange_rates"),
    *("stg_group_companies", "stg_statement_layout"),
}
"""The staging views of what AccBooks' reports say, of what the pipeline itself wrote down, and of files."""
CALLED_BY_DBT = re.compile(r"(generate_|get_incremental_|materialization_|test_)")
CALLED_AT_RUN_TIME = {
    "drop_indexes_on_relation": "dbt-duckdb calls it",
    "of_known_documents": "only when there are any",
    "since_changed_debts": "only in an incremental run",
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("rules")
    paths = ("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dbt's own
        patch.setenv("DBT_WRITE_JSON", "false")
        answer = dbtRunner().invoke(
            [
                *("parse", "--quiet", *paths, "--target-path", str(folder), "--log-path", str(folder)),
                *("--vars", json.dumps(file_variables(FILES))),
            ]
        )
    assert answer.success, answer.exception
    return answer.result


@pytest.fixture(scope="module")
def models(manifest: Any) -> Mapping[str, Any]:
    return {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}


def test_no_model_is_longer_than_a_reader_takes_in(models: Mapping[str, Any]) -> None:
    lengths = {name: model.raw_code.count("\n") + 1 for name, model in models.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODEL} == {}


def test_staging_alone_reads_the_raw_tables_and_nothing_else(models: Mapping[str, Any]) -> None:
    reading = {
        name: {parent.partition(".")[0] for parent in model.depends_on.nodes}
        for name, model in models.items()
        if name not in READS_SOURCES
    }
    assert {name for name, kinds in reading.items() if "source" in kinds} == {
        name for name in models if name.startswith("stg_")
    }
    assert all(kinds == {"source"} for name, kinds in reading.items() if name.startswith("stg_"))


def test_every_step_is_read_by_a_model(models: Mapping[str, Any]) -> None:
    read = {parent.rpartition(".")[2] for model in models.values() for parent in model.depends_on.nodes}
    assert {name for name in models if name.startswith(("int_", "stg_"))} - read == set()


def test_every_table_and_view_declares_its_key(manifest: Any, models: Mapping[str, Any]) -> None:
    keys = [
        node
        for node in manifest.nodes.values()
        if getattr(getattr(node, "test_metadata", None), "name", None) in {"is_key", "unique"}
    ]
    keyed = {parent.rpartition(".")[2] for node in keys for parent in node.depends_on.nodes}
    # the steps before the ledger are views by hand, and inlined by the pipeline
    built = {
        name
        for name, model in models.items()
        if model.config.materialized != "ephemeral" and "postings" not in model.fqn
    }
    assert built - keyed == set(WITHOUT_KEY)


def test_tables_that_others_rely_on_are_built_under_contract(
    manifest: Any, models: Mapping[str, Any]
) -> None:
    dashboards = [each for each in manifest.exposures.values() if each.type == "dashboard"]
    read = {parent.rpartition(".")[2] for each in dashboards for parent in each.depends_on.nodes}
    under_contract = {name for name, model in models.items() if model.contract.enforced}
    assert under_contract == read | READ_ELSEWHERE
    for name in under_contract:
        assert all(column.data_type for column in models[name].columns.values()), name


def test_what_changed_is_replaced_or_appended_and_the_model_says_which_rows(
    models: Mapping[str, Any],
) -> None:
    for name, model in models.items():
        if model.config.materialized == "incremental":
            strategy = model.config.incremental_strategy
            said = {
                "replace_where": model.config.get("incremental_predicates"),
                "append_once": model.config.unique_key,
            }
            assert said.get(strategy), name


def test_the_ledger_is_compared_in_every_column(manifest: Any, models: Mapping[str, Any]) -> None:
    text = " ".join(
        manifest.macros[f"macro.accbooks.ledger_{kind}"].macro_sql for kind in ("key", "amounts", "texts")
    )
    listed = re.findall(r"'(\w+)'", text)
    assert sorted(listed) == sorted(models["ledger_postings"].columns)
    assert set(listed) == set(models["int_postings"].columns)


def test_no_column_of_a_table_is_left_out_of_its_comparison(models: Mapping[str, Any]) -> None:
    comparing = "int_wrong_rows_of_"
    left_out = {
        table: names
        for table in (name.removeprefix(comparing) for name in models if name.startswith(comparing))
        if table != "ledger_postings"  # its columns are a macro's
        if (
            names := models[table].columns.keys()
            - set(re.findall(r"\w+", models[comparing + table].raw_code))
        )
    }
    assert left_out == NOT_COMPARED_BY_ROW
    assert {models[table].config.materialized for table in left_out} == {"view"}


def staging_of(models: Mapping[str, Any], name: str) -> set[str]:
    """Return the staging views that a model reads, directly or through others."""
    if name.startswith("stg_"):
        return {name}
    above = models[name].depends_on.nodes
    parents = {each.rpartition(".")[2] for each in above if each.startswith("model.")}
    return {each for parent in parents for each in staging_of(models, parent)}


def test_whatever_the_ledger_and_the_comparison_follow_from_is_an_input(models: Mapping[str, Any]) -> None:
    following = ("reconciliation", "ledger_findings", "balance_findings", "vat_findings")
    followed = {each for name in following for each in staging_of(models, name)}
    assert followed - staging_of(models, "current_inputs") == set(NOT_AN_INPUT)


def test_all_records_are_searched_for_duplicates_and_for_fields_that_cannot_be_read(
    models: Mapping[str, Any],
) -> None:
    def lacking(name: str) -> set[str]:
        return records - {each.rpartition(".")[2] for each in models[name].depends_on.nodes}

    records = {name for name in models if name.startswith("stg_")} - NO_RECORDS
    assert lacking("int_unreadable_fields") == set()
    assert lacking("int_duplicate_records") == {"stg_company"}, "one record, which replaces itself"


def test_no_column_that_a_join_uses_is_named_by_its_table(models: Mapping[str, Any]) -> None:
    """Sail does not find it, and leaves it out of all columns of the table."""
    for name, model in models.items():
        for step in re.split(r"\n\),\n|\n\)\n|\n {4}union (?:all|distinct)\n", model.raw_code):
            used = {key.strip() for keys in re.findall(r"using \(([^)]*)\)", step) for key in keys.split(",")}
            joined = re.findall(r"\b(?:from|join)\s+(?:\{\{.*?\}\} as |[a-z_.]+ as )?([a-z_]+)", step)
            named = set(re.findall(r"\b([a-z_]+)\.([a-z_]+|\*)", step))
            wrong = {(table, key) for table in joined for key in used | {"*"}} if used else set()
            assert wrong & named == set(), name


def test_every_macro_is_called(manifest: Any) -> None:
    ours = {name: macro for name, macro in manifest.macros.items() if macro.package_name == "accbooks"}
    callers = (*manifest.nodes.values(), *manifest.macros.values())
    called = {macro for caller in callers for macro in caller.depends_on.macros}
    dispatched = re.compile(r"(default|duckdb|postgres|spark)__")
    idle = {
        macro.name
        for name, macro in ours.items()
        if name not in called and not CALLED_BY_DBT.match(macro.name) and not dispatched.match(macro.name)
    }
    assert idle == set(CALLED_AT_RUN_TIME)


def test_no_macro_does_what_a_macro_of_dbt_does(manifest: Any) -> None:
    """But for those that take the place of dbt's own, each for a reason in DECISIONS.md."""
    names = {macro.name for macro in manifest.macros.values() if macro.package_name != "accbooks"}
    ours = {macro.name for macro in manifest.macros.values() if macro.package_name == "accbooks"}
    assert ours & names == {
        *("generate_schema_name", "generate_database_name", "persist_docs", "drop_indexes_on_relation"),
        *("duckdb__create_schema", "duckdb__list_schemas", "duckdb__check_schema_exists"),
        *("duckdb__list_relations_without_caching", "duckdb__get_catalog_tables_sql"),
        *("duckdb__get_catalog_columns_sql", "duckdb__create_view_as", "duckdb__alter_column_comment"),
        "duckdb__get_empty_subquery_sql",
    }


def test_what_models_make_of_a_few_rows_is_as_worked_out_by_hand(duckdb_books: Any) -> None:
    outcomes = duckdb_books.dbt("test", "--select", "test_type:unit")
    assert outcomes
    assert {name: outcome.status for name, outcome in outcomes.items() if outcome.status != "pass"} == {}
