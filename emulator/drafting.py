"""Turn a request's body into a record: validate it, and calculate the fields that it leaves out."""

from decimal import Decimal

from accbooks_warehouse.emulator.answers import ApiError
from accbooks_warehouse.emulator.bodies import (
    ContactBody,
    InvoiceBody,
    JournalBody,
    LineItemBody,
    TransactionBody,
)
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.money import base_pence, money, pence, vat_pence
from accbooks_warehouse.emulator.postings import UNPOSTED
from accbooks_warehouse.emulator.rendering import Record


def require(condition: object, message: str) -> None:
    """Raise ApiError 422 unless `condition` is true."""
    if not condition:
        raise ApiError(422, message)


def transaction(books: Books, body: TransactionBody) -> Record:
    """Return a transaction's fields: amount = net + VAT, in the bank's currency. Raises ApiError 422."""
    bank = books.get("bank_accounts", str(body.account_id))
    require(bank, f"account_id: there is no bank account {body.account_id}")
    require(body.amount, "amount: it has to be above nothing")
    currency = (bank or {}).get("currency")
    rate = _rate(books, body.exchange_rate, currency)
    fields = body.model_dump() | {"currency": currency, "exchange_rate": rate}
    if body.contact_id is not None:
        require(body.contact_id in books.stores["contacts"], f"contact_id: there is no {body.contact_id}")
    if body.type == "transfer":
        return fields | _transfer(books, body)
    if body.invoice_id is not None:
        return fields | _settlement(books, body, currency)
    require(body.nominal_code, "nominal_code: bank money without an invoice has to name one")
    return fields | _net_and_vat(body)


def invoice(books: Books, body: InvoiceBody) -> Record:
    """Return an invoice's fields, with the totals of its lines; nothing is paid yet. Raises ApiError 422."""
    sales = body.type.startswith("sales") if body.type else body.supplier_id is None
    side, contact_id = ("customer_id", body.customer_id) if sales else ("supplier_id", body.supplier_id)
    require(contact_id, f"{side}: it is missing")
    require((body.supplier_id if sales else body.customer_id) is None, f"{side}: it alone may be given")
    contact = books.get("contacts", str(contact_id))
    require(contact, f"{side}: there is no {contact_id}")
    require(body.due_date >= body.date, "due_date: it is before the date")
    currency = body.currency or (contact or {}).get("currency")
    lines = [_line(line) for line in body.line_items]
    net = sum((line["net_amount"] for line in lines), money(0))
    vat = sum((line["vat_amount"] for line in lines), money(0))
    return body.model_dump() | {
        "type": body.type or ("sales" if sales else "purchase"),
        "status": "sent" if body.status in ("part_paid", "paid") else body.status,
        "currency": currency,
        "exchange_rate": _rate(books, body.exchange_rate, currency),
        "line_items": lines,
        "net_total": net,
        "vat_total": vat,
        "gross_total": net + vat,
    }


def contact(_: Books, body: ContactBody) -> Record:
    """Return a contact's fields."""
    return body.model_dump()


def journal(_: Books, body: JournalBody) -> Record:
    """Return a journal's fields; debits have to equal credits. Raises ApiError 422."""
    debits = sum(line.debit for line in body.lines)
    credits_ = sum(line.credit for line in body.lines)
    require(debits == credits_, f"lines: debits of {debits} and credits of {credits_} differ")
    return body.model_dump()


def paid(invoice: Record, settlements: list[Record]) -> Record:
    """Return an invoice's fields for its payments: posted settlements less refunds."""
    incoming = "money_in" if invoice["type"] in ("sales", "purchase_credit") else "money_out"
    received = sum(
        pence(settlement["amount"]) * (1 if settlement["type"] == incoming else -1)
        for settlement in settlements
        if settlement["status"] not in UNPOSTED
    )
    due = pence(invoice["gross_total"]) - received
    status = invoice["status"]
    if status not in UNPOSTED:
        status = "sent" if received <= 0 else "part_paid" if due > 0 else "paid"
    shown_due = 0 if status == "void" else due
    return {"status": status, "amount_paid": money(received), "amount_due": money(shown_due)}


def _rate(books: Books, rate: Decimal | None, currency: str | None) -> Decimal | int:
    if currency == books.company["base_currency"]:
        require(rate is None or rate == 1, f"exchange_rate: it is 1 for {currency}")
        return 1
    require(rate, f"exchange_rate: {currency} needs one")
    return rate or 1


def _transfer(books: Books, body: TransactionBody) -> Record:
    other = body.transfer_account_id
    require(other is not None and str(other) in books.stores["bank_accounts"], "transfer_account_id: unknown")
    require(other != body.account_id, "transfer_account_id: a transfer needs two accounts")
    require(body.invoice_id is None, "invoice_id: a transfer settles nothing")
    return _without_vat(body)


def _settlement(books: Books, body: TransactionBody, currency: str | None) -> Record:
    settled = books.get("invoices", str(body.invoice_id))
    require(settled, f"invoice_id: there is no {body.invoice_id}")
    require((settled or {}).get("currency") == currency, "account_id: its currency is not the invoice's")
    return _without_vat(body)


def _without_vat(body: TransactionBody) -> Record:
    return {"net_amount": body.amount, "vat_amount": money(0), "vat_rate": None, "nominal_code": None}


def _net_and_vat(body: TransactionBody) -> Record:
    """Return net and VAT: as given, or calculated from the amount and the VAT rate."""
    net, vat = body.net_amount, body.vat_amount
    if vat is None:
        rate = vat_pence(10_000, body.vat_rate)
        vat = body.amount - net if net is not None else _included(body.amount, rate)
    if net is None:
        net = body.amount - vat
    require(net + vat == body.amount, f"amount: {body.amount} is not net {net} plus VAT {vat}")
    return {"net_amount": net, "vat_amount": vat}


def _included(amount: Decimal, rate: int) -> Decimal:
    """Return the VAT inside `amount` at `rate` hundredths of a per cent."""
    return money(base_pence(amount * rate / (10_000 + rate), 1))


def _line(line: LineItemBody) -> Record:
    net = base_pence(line.unit_price, line.quantity)
    vat = vat_pence(net, line.vat_rate)
    return line.model_dump() | {"net_amount": money(net), "vat_amount": money(vat)}
