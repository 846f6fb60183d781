"""AccBooks' reports of the small books beside ours, in both databases."""

from typing import Any

UNEXPLAINED = "unexplained"


def reconciliation(warehouse: Any, company_id: str, *, matches: bool = True) -> list[tuple[str | None, ...]]:
    return warehouse.rows(
        "select report, period_start, period_end, nominal_code, api_amount, warehouse_amount, difference,"
        f" status, cause from reconciliation where company_id = '{company_id}'"
        f"{'' if matches else ' and status <> ' + chr(39) + 'match' + chr(39)}"
        " order by report, period_end, period_start, nominal_code nulls last"
    )


def test_only_real_differences_are_named(warehouse: Any) -> None:
    assert reconciliation(warehouse, "alpha", matches=False) == [
        (
            "balance_sheet",
            None,
            "2024-02-29",
            "1200",
            None,
            "1120.00",
            "1120.00",
            "missing_in_api",
            "unexplained",
        ),
        (
            "balance_sheet",
            None,
            "2024-02-29",
            "2200",
            None,
            "20.00",
            "20.00",
            "missing_in_api",
            "unexplained",
        ),
        (
            "balance_sheet",
            None,
            "2024-02-29",
            "3000",
            None,
            "1000.00",
            "1000.00",
            "missing_in_api",
            "unexplained",
        ),
        (
            "balance_sheet",
            None,
            "2024-02-29",
            None,
            None,
            "100.00",
            "100.00",
            "missing_in_api",
            "unexplained",
        ),
        ("trial_balance", None, "2024-06-30", "1200", "912.01", "912.00", "-0.01", "mismatch", UNEXPLAINED),
        (
            "trial_balance",
            None,
            "2024-06-30",
            "1250",
            "-0.01",
            None,
            "0.01",
            "missing_in_warehouse",
            "unexplained",
        ),
    ]


def test_every_fetched_report_is_compared_whole(warehouse: Any) -> None:
    assert warehouse.rows(
        "select report, period_end, count(*), sum(case when status = 'match' then 1 else 0 end)"
        " from reconciliation where company_id = 'alpha' group by report, period_end order by 1, 2"
    ) == [
        ("balance_sheet", "2024-02-29", "5", "1"),
        ("balance_sheet", "2024-05-31", "9", "9"),
        ("profit_loss", "2024-03-31", "2", "2"),
        ("profit_loss", "2024-04-30", "4", "4"),
        ("trial_balance", "2024-03-31", "8", "8"),
        ("trial_balance", "2024-05-31", "12", "12"),
        ("trial_balance", "2024-06-30", "13", "11"),
    ]


def test_a_year_ending_within_a_month_reconciles_and_what_is_no_period_any_more_is_left_out(
    warehouse: Any,
) -> None:
    assert reconciliation(warehouse, "beta", matches=False) == []
    assert len(reconciliation(warehouse, "beta")) == 21


def test_without_a_year_end_only_months_of_profit_and_loss_compare(warehouse: Any) -> None:
    forbidden = ("not_comparable", "permission_missing")
    assert reconciliation(warehouse, "gamma") == [
        ("profit_loss", "2023-01-01", "2023-12-31", "4000", "70.00", None, "-70.00", *forbidden),
        ("profit_loss", "2023-12-01", "2023-12-31", "4000", "70.00", "70.00", "0.00", "match", None),
        ("trial_balance", None, "2024-01-31", "1200", "70.00", "70.00", "0.00", *forbidden),
        ("trial_balance", None, "2024-01-31", "3200", "-70.00", None, "70.00", *forbidden),
        ("trial_balance", None, "2024-01-31", "4000", None, "-70.00", "-70.00", *forbidden),
    ]


def test_part_of_the_history_proves_only_what_lies_within_it(warehouse: Any) -> None:
    partial = ("not_comparable", "partial_history")
    assert reconciliation(warehouse, "delta") == [
        ("profit_loss", "2024-03-01", "2024-03-31", "4000", "4.00", "4.00", "0.00", "match", None),
        ("profit_loss", "2024-03-01", "2024-03-31", "7906", "-1.00", "-1.00", "0.00", *partial),
        ("profit_loss", "2024-01-01", "2024-12-31", "4000", "104.00", "4.00", "-100.00", *partial),
        ("profit_loss", "2024-01-01", "2024-12-31", "7906", None, "-1.00", "-1.00", *partial),
        ("trial_balance", None, "2024-03-31", "1200", "105.00", "5.00", "-100.00", *partial),
        ("trial_balance", None, "2024-03-31", "4000", "-104.00", "-4.00", "100.00", *partial),
        ("trial_balance", None, "2024-03-31", "7906", "-1.00", "-1.00", "0.00", *partial),
    ]


def test_what_the_key_may_not_read_is_shown_and_not_compared(warehouse: Any) -> None:
    forbidden = ("not_comparable", "permission_missing")
    assert reconciliation(warehouse, "epsilon") == [
        ("profit_loss", "2024-06-01", "2024-06-30", "4000", "5.00", "5.00", "0.00", *forbidden),
        ("trial_balance", None, "2024-06-30", "1200", None, "5.00", "5.00", *forbidden),
        ("trial_balance", None, "2024-06-30", "4000", None, "-5.00", "-5.00", *forbidden),
    ]


def test_a_difference_names_the_cause_the_warehouse_knows_of(warehouse: Any) -> None:
    inconsistent = ("not_comparable", "report_inconsistent")
    unknown = ("not_comparable", "year_end_unknown")
    assert reconciliation(warehouse, "zeta") == [
        ("profit_loss", "2024-04-01", "2024-04-30", "4000", "6.00", "5.00", "-1.00", "mismatch", UNEXPLAINED),
        ("profit_loss", "2024-05-01", "2024-05-31", "4000", None, "0.00", "0.00", "match", None),
        (
            "profit_loss",
            "2024-05-01",
            "2024-05-31",
            "7500",
            "10.00",
            "9.00",
            "-1.00",
            "mismatch",
            "rejected_record",
        ),
        ("profit_loss", "2024-06-01", "2024-06-30", "4000", None, "0.00", "0.00", *inconsistent),
        ("profit_loss", "2024-06-01", "2024-06-30", "7500", "1.00", "0.00", "-1.00", *inconsistent),
        ("trial_balance", None, "2024-04-30", "1200", "5.00", "5.00", "0.00", *unknown),
        ("trial_balance", None, "2024-04-30", "4000", "-5.00", "-5.00", "0.00", *unknown),
    ]
