from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from accbooks_warehouse.emulator.rendering import parse

Make = Callable[..., Any]

ARTICLE = {
    "customer_id": "cust_12",
    "date": "2026-04-15",
    "due_date": "2026-05-15",
    "line_items": [
        {
            "description": "Consulting services — April",
            "quantity": 1,
            "unit_price": 2500.00,
            "vat_rate": "20",
            "nominal_code": "4000",
        }
    ],
}
DIRECT = {
    "date": "2026-05-01",
    "type": "money_out",
    "account_id": 1001,
    "amount": 120.00,
    "nominal_code": "7500",
}
JOURNAL = {
    "date": "2026-05-01",
    "lines": [{"nominal_code": "7500", "debit": 5}, {"nominal_code": "2109", "credit": 5}],
}


def created(client: Any, resource: str, body: dict[str, Any]) -> dict[str, Any]:
    response = client.send("POST", resource, body)
    assert response.status_code == 201, response.text
    record: dict[str, Any] = parse(response.content)["data"]
    assert client.read(f"{resource}/{record['id']}") == {"data": record}
    return record


def nominal(client: Any, code: str, day: str = "2026-05-31") -> Decimal:
    lines = client.read(f"reports/trial-balance?as_at={day}")["data"]["lines"]
    return sum((line["debit"] - line["credit"] for line in lines if line["nominal_code"] == code), Decimal(0))


def test_the_articles_invoice_gets_number_totals_and_status(start: Make) -> None:
    _, client = start()
    record = created(client, "invoices", ARTICLE)
    stamps = {record.pop("created_at"), record.pop("updated_at")}
    assert len(stamps) == 1
    number = int(record["id"].removeprefix("inv_"))
    line = {**ARTICLE["line_items"][0], "unit_price": Decimal("2500.00")}  # type: ignore[dict-item] # a list of dicts
    assert record == {
        "id": f"inv_{number:06d}",
        "number": f"INV-{number:05d}",
        "type": "sales",
        "customer_id": "cust_12",
        "supplier_id": None,
        "date": "2026-04-15",
        "due_date": "2026-05-15",
        "status": "sent",
        "currency": "GBP",
        "exchange_rate": 1,
        "reference": "",
        "line_items": [line | {"net_amount": Decimal("2500.00"), "vat_amount": Decimal("500.00")}],
        "net_total": Decimal("2500.00"),
        "vat_total": Decimal("500.00"),
        "gross_total": Decimal("3000.00"),
        "amount_paid": Decimal("0.00"),
        "amount_due": Decimal("3000.00"),
    }


def test_a_written_invoice_is_in_lists_and_reports_at_once_and_gone_when_deleted(start: Make) -> None:
    _, client = start()
    debtors, total = nominal(client, "1100"), client.read("invoices")["meta"]["total_records"]
    record = created(client, "invoices", ARTICLE)
    assert nominal(client, "1100") - debtors == 3000
    assert client.read("invoices")["meta"]["total_records"] == total + 1
    deleted = client.send("DELETE", f"invoices/{record['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert nominal(client, "1100") == debtors
    assert client.get(f"invoices/{record['id']}").status_code == 404
    assert client.send("DELETE", f"invoices/{record['id']}").status_code == 404


def test_payments_show_on_the_invoice_and_a_void_payment_does_not(start: Make) -> None:
    _, client = start()
    invoice = created(client, "invoices", ARTICLE)
    body = {
        "date": "2026-05-01",
        "type": "money_in",
        "account_id": 1001,
        "invoice_id": invoice["id"],
        "amount": 1000,
    }
    first = created(client, "transactions", body)
    created(client, "transactions", body | {"amount": 2000})

    def shown() -> tuple[Any, ...]:
        record = client.read(f"invoices/{invoice['id']}")["data"]
        assert record["updated_at"] > invoice["updated_at"]
        return record["status"], record["amount_paid"], record["amount_due"]

    assert shown() == ("paid", Decimal("3000.00"), Decimal("0.00"))
    assert client.send("PUT", f"transactions/{first['id']}", {"status": "void"}).status_code == 200
    assert shown() == ("part_paid", Decimal("2000.00"), Decimal("1000.00"))
    assert client.send("PUT", f"transactions/{first['id']}", {"invoice_id": "inv_000001"}).status_code == 200
    assert shown() == ("part_paid", Decimal("2000.00"), Decimal("1000.00"))


def test_an_edit_keeps_what_it_does_not_name_and_moves_updated_at(start: Make) -> None:
    _, client = start()
    record = created(client, "transactions", DIRECT | {"vat_rate": "20"})
    assert (record["net_amount"], record["vat_amount"]) == (Decimal("100.00"), Decimal("20.00"))
    before = nominal(client, "7500")
    response = client.send("PUT", f"transactions/{record['id']}", {"amount": 60, "description": "Half"})
    edited = parse(response.content)["data"]
    assert edited.pop("updated_at") > record.pop("updated_at")
    halved = {"amount": Decimal("60.00"), "net_amount": Decimal("50.00"), "vat_amount": Decimal("10.00")}
    assert edited == record | halved | {"description": "Half"}
    assert nominal(client, "7500") - before == -50


def test_a_record_sent_back_as_it_was_read_changes_nothing_else(start: Make) -> None:
    _, client = start()
    for resource in ("transactions", "invoices", "contacts"):
        path = f"{resource}/{client.ids(resource)[3]}"
        response = client.get(path)
        before = parse(response.content)["data"]
        client.send("PUT", path, response.json()["data"])
        after = client.read(path)["data"]
        assert after.pop("updated_at") > before.pop("updated_at")
        assert after == before


def test_a_nominal_nobody_has_used_appears_in_the_reports(start: Make) -> None:
    _, client = start()
    created(client, "transactions", DIRECT | {"nominal_code": "7777"})
    lines = client.read("reports/trial-balance?as_at=2026-05-31")["data"]["lines"]
    assert [line for line in lines if line["nominal_code"] == "7777"] == [
        {
            "nominal_code": "7777",
            "name": "Nominal 7777",
            "category": "overheads",
            "debit": Decimal("120.00"),
            "credit": Decimal("0.00"),
        }
    ]


def test_contacts_and_journals_can_be_created(start: Make) -> None:
    _, client = start()
    contact = created(client, "contacts", {"type": "supplier", "name": "Ivel Timber"})
    assert contact["id"] == "supp_66"
    before = nominal(client, "2109")
    journal = created(client, "journals", JOURNAL)
    assert [line["debit"] for line in journal["lines"]] == [Decimal("5.00"), Decimal("0.00")]
    assert nominal(client, "2109") - before == -5


def line(**changes: Any) -> dict[str, Any]:
    lines: list[dict[str, Any]] = [ARTICLE["line_items"][0] | changes]  # type: ignore[operator,list-item] # a list
    return ARTICLE | {"line_items": lines}


@pytest.mark.parametrize(
    ("resource", "body", "message"),
    [
        ("invoices", line(unit_price="2500.00"), "unit_price: Value error, '2500.00' is no number"),
        ("invoices", line(unit_price=1.005), "no more than 2 decimal places"),
        ("invoices", line(vat_rate="17.5"), "vat_rate: Input should be '20', '5', '0' or 'exempt'"),
        ("invoices", line(nominal_code=4000), "nominal_code: Input should be a valid string"),
        ("invoices", ARTICLE | {"date": "2026-02-30"}, "date: Value error, '2026-02-30' is no date"),
        ("invoices", ARTICLE | {"due_date": "2026-04-14"}, "due_date: it is before the date"),
        ("invoices", ARTICLE | {"customer_id": "cust_0"}, "customer_id: there is no cust_0"),
        ("invoices", ARTICLE | {"currency": "EUR"}, "exchange_rate: EUR needs one"),
        ("invoices", ARTICLE | {"line_items": []}, "line_items: List should have at least 1 item"),
        ("transactions", DIRECT | {"amount": 0}, "amount: it has to be above nothing"),
        (
            "transactions",
            DIRECT | {"net_amount": 1, "vat_amount": 1},
            "amount: 120.00 is not net 1.00 plus VAT 1.00",
        ),
        ("transactions", DIRECT | {"account_id": 7}, "account_id: there is no bank account 7"),
        ("transactions", DIRECT | {"nominal_code": None}, "nominal_code: bank money without an invoice"),
        ("transactions", DIRECT | {"invoice_id": "inv_0"}, "invoice_id: there is no inv_0"),
        ("transactions", DIRECT | {"type": "transfer"}, "transfer_account_id: unknown"),
        ("transactions", {}, "date: Field required"),
        ("contacts", {"type": "friend", "name": "x"}, "type: Input should be 'customer' or 'supplier'"),
        (
            "journals",
            {"date": "2026-05-01", "lines": [{"nominal_code": "1"}]},
            "lines: List should have at least 2",
        ),
    ],
)
def test_an_invalid_body_is_a_422_that_says_why(reader: Any, resource: str, body: Any, message: str) -> None:
    response = reader.send("POST", resource, body)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid"
    assert message in response.json()["error"]["message"]


def test_a_journal_that_does_not_balance_is_refused(reader: Any) -> None:
    lines = [{"nominal_code": "7500", "debit": 5}, {"nominal_code": "2109", "credit": 5.01}]
    response = reader.send("POST", "journals", {"date": "2026-05-01", "lines": lines})
    message = "lines: debits of 5.00 and credits of 5.01 differ"
    assert (response.status_code, response.json()) == (
        422,
        {"error": {"code": "invalid", "message": message}},
    )


@pytest.mark.parametrize("text", ["{bad", "", "[1]", '{"amount": NaN}'])
def test_a_body_that_is_no_json_object_is_a_422(reader: Any, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = reader.session.post(reader.base_url + "contacts", data=text, headers=headers, timeout=30)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid"
