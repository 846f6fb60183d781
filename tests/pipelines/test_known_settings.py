"""A setting that does not exist is named, with the one that was probably meant, and no other is refused."""

import json
from typing import Any

import pytest
from accbooks_warehouse.pipelines.configuration import check_named_secrets, dbt_variables, prepare_dlt
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError

pytestmark = pytest.mark.usefixtures("here")


def refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        prepare_dlt()
    return str(refused.value)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            '[sources.accbooks]\nstart_dat = "2024-01-01"',
            "sources.accbooks has no setting 'start_dat'. Did you mean 'start_date'?",
        ),
        (
            "[sources.accbooks]\ndaily_shar = 0.5",
            "sources.accbooks has no setting 'daily_shar'. Did you mean 'daily_share'?",
        ),
        ("[sources.accbooks.chekcs]", "sources.accbooks has no setting 'chekcs'. Did you mean 'checks'?"),
        (
            '[sources.accbooks.files]\nbudget = "b.csv"',
            "sources.accbooks.files has no setting 'budget'. Did you mean 'budgets'?",
        ),
        (
            "[sources]\naccbooks = 5",
            "sources.accbooks is not a table. Write [sources.accbooks] above its keys.",
        ),
        (
            "[sources.accbook]\ndaily_share = 0.5",
            "sources.accbook is no setting. Did you mean 'sources.accbooks'?",
        ),
        ("[source.accbooks]", "source is no setting. Did you mean 'sources'?"),
        ("[transform.vars]", "transform is no setting. Did you mean 'transforms'?"),
        ("[transforms.models]", "transforms has no setting 'models'. Choose from vars, profiles_dir."),
        ("[notify]\nalwayz = true", "notify has no setting 'alwayz'. Did you mean 'always'?"),
        ('[dagster]\ncrone = "0 6 * * *"', "dagster has no setting 'crone'. Did you mean 'cron'?"),
        (
            '[destination.duckdb]\nmemory_limits = "1GB"',
            "destination.duckdb.memory_limits is no setting. Did you mean 'destination.duckdb.memory_limit'?",
        ),
    ],
)
def test_a_slip_in_a_file_is_named_with_what_was_meant(configure: Any, config: str, said: str) -> None:
    configure(config=config)
    assert refusal().endswith(f"config.toml: {said}")


def test_a_slip_in_secrets_is_named_without_its_value(configure: Any) -> None:
    configure(secrets='[sources.accbooks]\napi_keys = "very-secret"')
    said = refusal()
    assert said.endswith("secrets.toml: sources.accbooks has no setting 'api_keys'. Did you mean 'api_key'?")
    assert "very-secret" not in said


def test_a_slip_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__LOOKBACK_DAY", "3")
    assert refusal() == (
        "SOURCES__ACCBOOKS__LOOKBACK_DAY is in the environment: sources.accbooks has no setting "
        "'lookback_day'. Did you mean 'lookback_days'?"
    )


def test_what_others_keep_in_the_same_files_is_theirs(
    configure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__ANOTHER__API_KEYS", "x")
    monkeypatch.setenv("SOURCES__ACCBOOKS__FILES__BUDGETS", "b.csv")
    configure(
        config="[runtime]\nlog_level = 'ERROR'\n[load]\nworkers = 2\n[sources.another]\nstart_dat = 1\n"
        "[sources.accbooks.normalize]\nworkers = 2\n[destination.filesystem]\nbucket_url = 'b'\n"
        "[destination.duckdb]\ncreate_indexes = true\n[some_pipeline.sources.accbooks]\nx = 1\n"
    )
    prepare_dlt()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"trade_debtor": "1100"},
            "transforms.vars has no setting 'trade_debtor'. Did you mean 'trade_debtors'?",
        ),
        (
            {"overdue_after_days": "two"},
            "transforms.vars.overdue_after_days is 'two'. Write a whole number.",
        ),
        ({"overdue_after_days": True}, "transforms.vars.overdue_after_days is 'True'. Write a whole number."),
        ({"vat_stagger_groups": 2}, "transforms.vars.vat_stagger_groups is '2'. Write a table."),
        ({"ledger_sources": "invoice"}, "transforms.vars.ledger_sources is 'invoice'. Write a list."),
        ({"trade_debtors": 11.5}, "transforms.vars.trade_debtors is '11.5'. Write a text."),
    ],
)
def test_a_dbt_variable_that_cannot_be_right_is_named(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any], said: str
) -> None:
    monkeypatch.setenv("TRANSFORMS__VARS", json.dumps(variables))
    with pytest.raises(ConfigurationError) as refused:
        dbt_variables()
    assert str(refused.value) == said


@pytest.mark.parametrize("value", ["5", "no JSON", "[1]"])
def test_variables_that_are_no_table_are_told(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TRANSFORMS__VARS", value)
    with pytest.raises(
        ConfigurationError, match=r"^transforms.vars is not a table. Write \[transforms.vars\]"
    ):
        dbt_variables()


def test_a_webhook_s_secret_of_nobody_is_named(configure: Any) -> None:
    configure(secrets='[sources.accbooks.webhook_secrets]\nNRTH = "whsec_1"')
    with pytest.raises(ConfigurationError) as refused:
        check_named_secrets({"NORTH"})
    said = str(refused.value)
    assert said.startswith("sources.accbooks.webhook_secrets has settings for 'NRTH', which is no company")
    assert "whsec" not in said
