"""Wages: a journal on the 25th, net pay on the 28th, the month's PAYE and pension on the next 22nd."""

from accbooks_warehouse.emulator.generator.bookkeeper import Bookkeeper

MONTHLY_GROSS = 480_000
PAY_DAY, TRANSFER_DAY, REMITTANCE_DAY = 25, 28, 22


def run(bookkeeper: Bookkeeper) -> None:
    """Enter what is due on the day."""
    if bookkeeper.day.day == PAY_DAY:
        _journal(bookkeeper)
    elif bookkeeper.day.day == TRANSFER_DAY:
        _clear(bookkeeper, "2220", "Net wages")
    elif bookkeeper.day.day == REMITTANCE_DAY:
        _clear(bookkeeper, "2210", "HMRC PAYE")
        _clear(bookkeeper, "2230", "Pension provider")


def _journal(bookkeeper: Bookkeeper) -> None:
    gross = int(MONTHLY_GROSS * bookkeeper.scale.volume * bookkeeper.random.uniform(0.97, 1.05))
    employer, pension = gross * 9 // 100, gross * 3 // 100
    deductions, contribution = gross * 19 // 100, gross * 5 // 100
    bookkeeper.journal(
        f"Wages {bookkeeper.day:%B %Y}",
        {
            "7000": gross,
            "7006": employer,
            "7007": pension,
            "2220": -(gross - deductions - contribution),
            "2210": -(deductions + employer),
            "2230": -(contribution + pension),
        },
    )


def _clear(bookkeeper: Bookkeeper, nominal: str, description: str) -> None:
    owed = -bookkeeper.balance(nominal)
    if owed > 0:
        bookkeeper.transaction("money_out", owed, nominal, description)
