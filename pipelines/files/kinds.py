"""The kinds of files: their columns, the key of a row, and an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from accbooks_warehouse.pipelines.known_settings import FILES


class Form(Enum):
    """What a cell may contain: COMPANY an id or a configured name, ACCOUNT a code of the company's."""

    COMPANY = "company"
    ACCOUNT = "account"
    GROUP_ACCOUNT = "group account"
    CODE = "code"
    STATEMENT = "statement"
    CATEGORY = "category"
    TEXT = "text"
    ORDER = "order"
    MONTH = "month"
    DAY = "day"
    AMOUNT = "amount"
    SHARE = "share"
    RATE = "rate"
    CURRENCY = "currency"


SQL_TYPES: Mapping[Form, str] = {
    Form.ORDER: "integer",
    Form.MONTH: "date",
    Form.DAY: "date",
    Form.AMOUNT: "decimal(18, 2)",
    Form.SHARE: "decimal(9, 6)",
    Form.RATE: "decimal(18, 8)",
}
"""The type of a column, as both databases write it; of the other forms it is varchar."""


@dataclass(frozen=True)
class Column:
    """A column of a file. `company` names the column with the company of an account.

    `stored_as` is the column of the table, where the file's name is a keyword of SQL.
    """

    name: str
    form: Form
    example: str
    is_needed: bool = True
    stored_as: str = ""
    company: str = "company_id"

    @property
    def column(self) -> str:
        """Return the name of the table's column."""
        return self.stored_as or self.name

    @property
    def sql_type(self) -> str:
        """Return the type of the table's column."""
        return SQL_TYPES.get(self.form, "varchar")


@dataclass(frozen=True)
class FileKind:
    """A kind of file. `key` are the columns that no two rows may have in common.

    `one_of` are columns of which a row has exactly one. A row with `new_account_column` may be about an
    account that the books do not have yet. `is_of_profit` means that only accounts of the profit and loss are
    in it.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    new_account_column: str = ""
    is_of_profit: bool = False

    @property
    def example(self) -> tuple[str, ...]:
        """Return the row that a template has."""
        return tuple(column.example for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by its name in the file."""
        return next(each for each in self.columns if each.name == name)


BUDGETS = FileKind(
    "budgets",
    "budgets",
    (
        Column("company_id", Form.COMPANY, "example_company"),
        Column("nominal_code", Form.ACCOUNT, "4000"),
        Column("month", Form.MONTH, "2026-04-01"),
        Column("amount", Form.AMOUNT, "12500.00"),
        Column("category", Form.CATEGORY, "", is_needed=False),
        Column("name", Form.TEXT, "", is_needed=False),
    ),
    key=("company_id", "nominal_code", "month"),
    new_account_column="category",
    is_of_profit=True,
)
STATEMENT_LAYOUT = FileKind(
    "statement_layout",
    "statement_layout",
    (
        Column("statement", Form.STATEMENT, "profit_and_loss"),
        Column("nominal_from", Form.CODE, "4000", is_needed=False),
        Column("nominal_to", Form.CODE, "4099", is_needed=False),
        Column("category", Form.CATEGORY, "", is_needed=False),
        Column("line", Form.TEXT, "Example: sales of goods"),
        Column("line_order", Form.ORDER, "10"),
        Column("subtotal", Form.TEXT, "Turnover", is_needed=False),
    ),
    key=("statement", "nominal_from", "category"),
    one_of=("nominal_from", "category"),
)
ACCOUNT_MAPPING = FileKind(
    "account_mapping",
    "account_mapping",
    (
        Column("company_id", Form.COMPANY, "example_company", is_needed=False),
        Column("nominal_code", Form.ACCOUNT, "4010"),
        Column("group_nominal_code", Form.GROUP_ACCOUNT, "4000"),
        Column("group_name", Form.TEXT, "Sales"),
        Column("category", Form.CATEGORY, "", is_needed=False),
    ),
    key=("company_id", "nominal_code"),
)
GROUPS = FileKind(
    "groups",
    "group_companies",
    (
        Column("group", Form.TEXT, "Example Group", stored_as="group_name"),
        Column("company_id", Form.COMPANY, "example_company"),
        Column("share", Form.SHARE, "0.8"),
        Column("acquired_on", Form.DAY, "2024-10-01", is_needed=False),
    ),
    key=("group", "company_id"),
)
RATES = FileKind(
    "rates",
    "exchange_rates",
    (
        Column("currency", Form.CURRENCY, "XXX"),
        Column("month", Form.MONTH, "2026-04-01"),
        Column("closing", Form.RATE, "0.85120000"),
        Column("average", Form.RATE, "0.84950000"),
    ),
    key=("currency", "month"),
)
ELIMINATIONS = FileKind(
    "eliminations",
    "eliminations",
    (
        Column("group", Form.TEXT, "Example Group", stored_as="group_name"),
        Column("company_id", Form.COMPANY, "example_company"),
        Column("nominal_code", Form.ACCOUNT, "1105"),
        Column("counterparty_company_id", Form.COMPANY, "example_other"),
        Column(
            "counterparty_nominal_code",
            Form.ACCOUNT,
            "2105",
            is_needed=False,
            company="counterparty_company_id",
        ),
    ),
    key=("group", "company_id", "nominal_code", "counterparty_company_id", "counterparty_nominal_code"),
)
KINDS: Mapping[str, FileKind] = {
    kind.name: kind for kind in (BUDGETS, STATEMENT_LAYOUT, ACCOUNT_MAPPING, GROUPS, RATES, ELIMINATIONS)
}
"""The kinds by their name in the configuration."""
assert tuple(KINDS) == FILES  # noqa: S101 - the configuration reads a setting for each
