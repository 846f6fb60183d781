"""The chart of accounts: codes, names, categories, and a guess for undeclared codes."""

from collections.abc import Iterable
from dataclasses import dataclass

DEBTORS = "1100"
CREDITORS = "2100"
VAT_ON_SALES = "2200"
VAT_ON_PURCHASES = "2201"
RETAINED = "3200"
EXCHANGE_DIFFERENCES = "7906"

PROFIT_AND_LOSS = ("turnover", "cost_of_sales", "other_income", "overheads", "taxation")
BALANCE_SHEET = (
    "fixed_assets",
    "current_assets",
    "current_liabilities",
    "long_term_liabilities",
    "capital_and_reserves",
)
CATEGORY_NAMES = {
    "fixed_assets": "Fixed assets",
    "current_assets": "Current assets",
    "current_liabilities": "Current liabilities",
    "long_term_liabilities": "Long-term liabilities",
    "capital_and_reserves": "Capital and reserves",
    "turnover": "Turnover",
    "cost_of_sales": "Cost of sales",
    "other_income": "Other income",
    "overheads": "Overheads",
    "taxation": "Taxation",
}
CREDIT_CATEGORIES = frozenset(
    {"current_liabilities", "long_term_liabilities", "capital_and_reserves", "turnover", "other_income"}
)


@dataclass(frozen=True)
class Account:
    """One nominal account."""

    code: str
    name: str
    category: str


ACCOUNTS = tuple(
    Account(code, name, category)
    for category, accounts in {
        "fixed_assets": {
            "0030": "Office equipment",
            "0031": "Office equipment depreciation",
            "0040": "Plant and machinery",
            "0041": "Plant and machinery depreciation",
        },
        "current_assets": {
            DEBTORS: "Trade debtors",
            "1103": "Prepayments",
            "1200": "Current account",
            "1205": "Savings account",
            "1210": "Euro account",
        },
        "current_liabilities": {
            CREDITORS: "Trade creditors",
            "2109": "Accruals",
            VAT_ON_SALES: "VAT on sales",
            VAT_ON_PURCHASES: "VAT on purchases",
            "2202": "VAT liability",
            "2210": "PAYE and national insurance",
            "2220": "Net wages",
            "2230": "Pension contributions",
            "2240": "Corporation tax",
        },
        "long_term_liabilities": {"2300": "Bank loan"},
        "capital_and_reserves": {
            "3000": "Ordinary shares",
            "3100": "Dividends paid",
            RETAINED: "Profit and loss account",
        },
        "turnover": {
            "4000": "Sales of goods",
            "4001": "Sales of services",
            "4002": "Counter sales",
            "4009": "Export sales",
        },
        "other_income": {"4900": "Interest received", "4905": "Carriage charged"},
        "cost_of_sales": {"5000": "Materials", "5100": "Carriage inwards", "5200": "Subcontractors"},
        "overheads": {
            "7000": "Gross wages",
            "7006": "Employer national insurance",
            "7007": "Employer pension",
            "7100": "Rent",
            "7200": "Light and heat",
            "7300": "Motor expenses",
            "7400": "Travel",
            "7500": "Stationery and postage",
            "7550": "Telephone and internet",
            "7600": "Professional fees",
            "7700": "Insurance",
            "7900": "Bank charges",
            "7901": "Loan interest",
            EXCHANGE_DIFFERENCES: "Exchange gains and losses",
            "8000": "Depreciation",
        },
        "taxation": {"9000": "Corporation tax charge"},
    }.items()
    for code, name in accounts.items()
)

# Undeclared codes: the first range whose bound is above the code (assumed, after common UK charts).
RANGES = (
    (1000, "fixed_assets"),
    (2000, "current_assets"),
    (2300, "current_liabilities"),
    (3000, "long_term_liabilities"),
    (4000, "capital_and_reserves"),
    (4900, "turnover"),
    (5000, "other_income"),
    (7000, "cost_of_sales"),
    (9000, "overheads"),
    (10000, "taxation"),
)


def guessed(code: str) -> Account:
    """Return an account for an undeclared code: its category by range, overheads if it is not a number."""
    number = int(code) if code.isascii() and code.isdigit() else None
    category = next((name for bound, name in RANGES if number is not None and number < bound), "overheads")
    return Account(code, f"Nominal {code}", category)


class Chart:
    """The accounts of one company; an unknown code gets a guessed account when it is first used."""

    def __init__(self, accounts: Iterable[Account] = ACCOUNTS) -> None:
        self._accounts = {account.code: account for account in accounts}

    def account(self, code: str) -> Account:
        """Return the account with this code."""
        found = self._accounts.get(code)
        if found is None:
            found = self._accounts[code] = guessed(code)
        return found

    def add(self, account: Account) -> None:
        """Declare an account, or rename or recategorise one."""
        self._accounts[account.code] = account
