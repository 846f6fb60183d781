"""The tables of documents, of sales and of expenses, against figures worked out by hand from books.yml."""

from __future__ import annotations

from typing import Any

OF_ALPHA_AND_BETA = "company_id in ('alpha', 'beta')"


def test_invoices_add_up_their_lines_in_both_currencies_and_credit_notes_are_negative(warehouse: Any) -> None:
    assert warehouse.rows(
        "select company_id || invoice_id, is_posted, net_amount, vat_amount, gross_amount, base_net_amount,"
        " base_vat_amount, base_gross_amount, settled_amount, last_payment_date from invoices"
        f" where {OF_ALPHA_AND_BETA} order by company_id, invoice_id"
    ) == [
        ("alpha1", "True", "100.00", "20.00", "120.00", "100.00", "20.00", "120.00", "120.00", "2024-02-20"),
        # 200 euro at 0.85, paid at 0.87
        ("alpha2", "True", "200.00", "0.00", "200.00", "170.00", "0.00", "170.00", "200.00", "2024-04-10"),
        ("alpha3", "True", "50.00", "10.00", "60.00", "50.00", "10.00", "60.00", "60.00", "2024-04-15"),
        # a credit note, and the money that was given back for it
        ("alpha4", "True", "-10.00", "-2.00", "-12.00", "-10.00", "-2.00", "-12.00", "-12.00", "2024-05-12"),
        # a draft and a void one
        ("alpha5", "False", "999.00", "0.00", "999.00", "999.00", "0.00", "999.00", "0.00", None),
        ("alpha6", "False", "999.00", "0.00", "999.00", "999.00", "0.00", "999.00", "0.00", None),
        ("beta1", "True", "-20.00", "-4.00", "-24.00", "-20.00", "-4.00", "-24.00", "-24.00", "2024-04-06"),
    ]


def test_lines_lead_to_their_document_and_their_posting(warehouse: Any) -> None:
    assert warehouse.rows(
        "select invoice_id, line_number, is_posted, nominal_name, category, net_amount, vat_amount,"
        " base_net_amount, posting_id from invoice_lines where company_id = 'alpha' order by invoice_id"
    ) == [
        ("1", "1", "True", "Sales", "turnover", "100.00", "20.00", "100.00", "alpha:invoice:1:2"),
        ("2", "1", "True", "Sales", "turnover", "200.00", "0.00", "170.00", "alpha:invoice:2:2"),
        ("3", "1", "True", "Materials", "cost_of_sales", "50.00", "10.00", "50.00", "alpha:invoice:3:2"),
        ("4", "1", "True", "Sales", "turnover", "-10.00", "-2.00", "-10.00", "alpha:invoice:4:2"),
        ("5", "1", "False", "Sales", "turnover", "999.00", "0.00", "999.00", None),
        ("6", "1", "False", "Materials", "cost_of_sales", "999.00", "0.00", "999.00", None),
    ]


def test_a_payment_has_the_sign_of_what_it_settles_and_the_difference_that_is_posted(warehouse: Any) -> None:
    assert warehouse.rows(
        "select company_id, transaction_id, is_posted, invoice_id, bank_account_id, amount, base_amount,"
        " base_settled_amount, exchange_difference, days_to_pay from payments"
        f" where {OF_ALPHA_AND_BETA} order by company_id, transaction_id"
    ) == [
        ("alpha", "1", "True", "1", "1", "120.00", "120.00", "120.00", "0.00", "10"),
        # 174.00 was received for 170.00
        ("alpha", "2", "True", "2", "2", "200.00", "174.00", "170.00", "-4.00", "36"),
        ("alpha", "3", "True", "3", "1", "60.00", "60.00", "60.00", "0.00", "15"),
        ("alpha", "6", "True", "4", "1", "-12.00", "-12.00", "-12.00", "0.00", "2"),
        ("alpha", "7", "False", "1", "1", "120.00", "120.00", "120.00", "0.00", "93"),
        ("beta", "1", "True", "1", "1", "-24.00", "-24.00", "-24.00", "0.00", "5"),
    ]


def test_exchange_differences_of_payments_are_what_is_posted_for_them(warehouse: Any) -> None:
    posted = "select company_id, source_id, amount from general_ledger where line_number = 4"
    assert warehouse.rows(
        "select company_id, transaction_id, exchange_difference from payments"
        " where is_posted and exchange_difference <> 0"
    ) == warehouse.rows(f"{posted} and source_type = 'transaction'")


def test_a_bank_transaction_is_signed_and_has_what_it_posts_in_base_currency(warehouse: Any) -> None:
    assert warehouse.rows(
        "select transaction_id, transaction_type, is_posted, bank_account_id, transfer_bank_account_id,"
        " nominal_name, amount, signed_amount, base_amount, base_net_amount, base_vat_amount,"
        " base_signed_amount from bank_transactions where company_id = 'alpha' order by transaction_id"
    ) == [
        *[
            ("1", "money_in", "True", "1", None, None, "120.00", "120.00", "120.00", None, None, "120.00"),
            ("2", "money_in", "True", "2", None, None, "200.00", "200.00", "174.00", None, None, "174.00"),
            ("3", "money_out", "True", "1", None, None, "60.00", "-60.00", "60.00", None, None, "-60.00"),
        ],
        (
            *("4", "money_out", "True", "1", None, "Office costs", "36.00", "-36.00"),
            *("36.00", "30.00", "6.00", "-36.00"),
        ),
        *[
            ("5", "transfer", "True", "1", "2", None, "100.00", "-100.00", "100.00", None, None, "-100.00"),
            ("6", "money_out", "True", "1", None, None, "12.00", "-12.00", "12.00", None, None, "-12.00"),
            ("7", "money_in", "False", "1", None, None, "120.00", "120.00", "120.00", None, None, "120.00"),
        ],
    ]


def test_journals_and_their_lines_are_as_they_are_entered(warehouse: Any) -> None:
    assert warehouse.rows(
        "select journal_id, journal_date, journal_type, is_posted from journals where company_id = 'beta'"
        " order by journal_id"
    ) == [("1", "2024-04-05", "manual", "True"), ("2", "2024-04-06", "manual", "True")]
    assert warehouse.rows(
        "select journal_id, line_number, nominal_name, category, debit, credit, amount, posting_id"
        " from journal_lines where company_id = 'beta' order by journal_id, line_number"
    ) == [
        ("1", "1", "Bank", "current_assets", "500.00", "0.00", "500.00", "beta:journal:1:1"),
        ("1", "2", "Sales", "turnover", "0.00", "500.00", "-500.00", "beta:journal:1:2"),
        ("2", "1", "Office costs", "overheads", "80.00", "0.00", "80.00", "beta:journal:2:1"),
        ("2", "2", "Bank", "current_assets", "0.00", "80.00", "-80.00", "beta:journal:2:2"),
    ]


def test_sales_are_the_lines_of_turnover_whatever_posts_them(warehouse: Any) -> None:
    assert warehouse.rows(
        "select company_id, posting_id, period_start, financial_year, invoice_id, journal_id, net_amount,"
        f" base_net_amount, base_vat_amount from sales where {OF_ALPHA_AND_BETA} order by posting_id"
    ) == [
        ("alpha", "alpha:invoice:1:2", "2024-02-01", "2023/24", "1", None, "100.00", "100.00", "20.00"),
        ("alpha", "alpha:invoice:2:2", "2024-03-01", "2023/24", "2", None, "200.00", "170.00", "0.00"),
        ("alpha", "alpha:invoice:4:2", "2024-05-01", "2024/25", "4", None, "-10.00", "-10.00", "-2.00"),
        # on the last day of a year
        ("beta", "beta:journal:1:2", "2024-04-01", "2023/24", None, "1", None, "500.00", "0.00"),
    ]


def test_expenses_are_the_lines_of_costs_exchange_gains_among_them(warehouse: Any) -> None:
    assert warehouse.rows(
        "select posting_id, period_end, category, transaction_id, base_net_amount, base_vat_amount"
        f" from expenses where {OF_ALPHA_AND_BETA} order by posting_id"
    ) == [
        ("alpha:invoice:3:2", "2024-03-31", "cost_of_sales", None, "50.00", "10.00"),
        ("alpha:transaction:2:4", "2024-04-30", "overheads", "2", "-4.00", "0.00"),
        ("alpha:transaction:4:2", "2024-04-30", "overheads", "4", "30.00", "6.00"),
        ("beta:invoice:1:2", "2024-04-30", "cost_of_sales", None, "-20.00", "-4.00"),
        ("beta:journal:2:1", "2024-04-30", "overheads", None, "80.00", "0.00"),
    ]


def test_a_line_of_the_profit_and_loss_is_followed_to_its_documents_by_keys(warehouse: Any) -> None:
    assert warehouse.rows(
        "select lines.nominal_code, lines.amount, sales.base_net_amount, invoices.invoice_type,"
        " invoices.base_gross_amount from profit_and_loss as lines"
        " inner join sales on lines.company_id = sales.company_id"
        " and lines.period_start = sales.period_start and lines.nominal_code = sales.nominal_code"
        " inner join invoices on sales.company_id = invoices.company_id"
        " and sales.invoice_id = invoices.invoice_id"
        " where lines.company_id = 'alpha' and lines.period_start = '2024-05-01'"
    ) == [("4000", "-10.00", "-10.00", "sales_credit", "-12.00")]


def test_the_ledger_has_the_names_of_now(warehouse: Any) -> None:
    rename = "update accbooks_raw.invoices set number = {} where company_id = 'alpha' and id = '1'"
    number = "select distinct document_number from general_ledger where posting_id like 'alpha:invoice:1:%'"
    warehouse.execute(rename.format("'SI-77'"))
    try:
        assert warehouse.rows(number) == [("SI-77",)]
    finally:
        warehouse.execute(rename.format("null"))


def test_the_ledger_for_readers_has_every_posting_once(warehouse: Any) -> None:
    counted = "select count(*), count(distinct posting_id), sum(debit), sum(amount_in_currency) from"
    postings = warehouse.rows(f"{counted} accbooks_staging.ledger_postings")
    assert warehouse.rows(f"{counted} general_ledger") == postings
