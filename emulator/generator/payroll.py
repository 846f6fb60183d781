"""Wages: a journal on the 25th, net pay on the 28th, the month's PAYE and pension on the next 22nd."""

from accbooks_warehouse.emulator.generator.clerk import Clerk

MONTHLY_GROSS = 480_000
PAY_DAY, TRANSFER_DAY, REMITTANCE_DAY = 25, 28, 22


def run(clerk: Clerk) -> None:
    """Enter what the day's date calls for."""
    if clerk.day.day == PAY_DAY:
        _journal(clerk)
    elif clerk.day.day == TRANSFER_DAY:
        _clear(clerk, "2220", "Net wages")
    elif clerk.day.day == REMITTANCE_DAY:
        _clear(clerk, "2210", "HMRC PAYE")
        _clear(clerk, "2230", "Pension provider")


def _journal(clerk: Clerk) -> None:
    gross = int(MONTHLY_GROSS * clerk.scale.volume * clerk.random.uniform(0.97, 1.05))
    employer, pension = gross * 9 // 100, gross * 3 // 100
    deductions, contribution = gross * 19 // 100, gross * 5 // 100
    clerk.journal(
        f"Wages {clerk.day:%B %Y}",
        {
            "7000": gross,
            "7006": employer,
            "7007": pension,
            "2220": -(gross - deductions - contribution),
            "2210": -(deductions + employer),
            "2230": -(contribution + pension),
        },
    )


def _clear(clerk: Clerk, nominal: str, description: str) -> None:
    owed = -clerk.balance(nominal)
    if owed > 0:
        clerk.transaction("money_out", owed, nominal, description)
