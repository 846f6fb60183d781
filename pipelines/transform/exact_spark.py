"""Have Spark fail where a number does not fit, instead of making it null.

dbt-spark 1.11 switches ANSI mode off for every connection and lets no profile switch it on. Without it a sum
of too many digits is null, and Sail 0.7 gives a decimal behind a minus another number of decimals. The models
need neither, so here it is on, as in Spark 4 and Databricks without dbt.
"""

from __future__ import annotations

from dbt.adapters.spark.connections import SparkCredentials

ANSI = "spark.sql.ansi.enabled"
by_dbt = SparkCredentials.__post_init__
"""dbt's own function."""


def with_ansi(self: SparkCredentials) -> None:
    """Complete the settings of a connection, as dbt does, but with ANSI mode on."""
    by_dbt(self)
    self.server_side_parameters[ANSI] = "true"


def replace_dbts() -> None:
    """Make dbt use this in this process."""
    SparkCredentials.__post_init__ = with_ansi  # type: ignore[method-assign]
