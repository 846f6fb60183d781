"""Refuse the writes of a run whose claim has ended, within the database.

dlt and dbt open connections of their own, so a check in Python would come too early: a process may be paused
after it. Here each connection carries the number of its run's claim, and a trigger on every table compares it
with the claims that ended. A claim ends when another run takes over its companies: its connections are closed
first, then the number is written down while no transaction of the claim is under way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accbooks_warehouse.pipelines.destinations.base import MODELS, RAW, STAGING
from dlt.destinations.sql_client import SqlClientBase

Client = SqlClientBase[Any]

SCHEMA = "accbooks_fences"
SETTING = "accbooks.claim"
"""The setting of a connection that has the number of its claim."""
ENDED_STATE = "ACB01"
"""The SQLSTATE of a refused write."""
TRIGGER = "accbooks_refuses_ended_claims"
LONGEST_WAIT_SECONDS = 30
"""How long to wait for a lock; whoever has it for longer keeps this run from beginning, with a sentence."""

TABLES = f"""
create schema if not exists {SCHEMA};
create table if not exists {SCHEMA}.ended_claims (
    claim bigint primary key,
    ended_at timestamptz not null default clock_timestamp()
);
create or replace function {SCHEMA}.refuse_ended_claim() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
    mine bigint := nullif(current_setting('{SETTING}', true), '')::bigint;
begin
    if mine is not null then
        perform pg_advisory_xact_lock_shared(hashtextextended('accbooks claim ' || mine, 0));
        if exists (select 1 from {SCHEMA}.ended_claims where claim = mine) then
            raise exception 'another run took over the companies of this one (claim %)', mine
                using errcode = '{ENDED_STATE}';
        end if;
    end if;
    return null;
end $$;
"""
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('accbooks: fences'))"
EXISTS = f"select to_regprocedure('{SCHEMA}.refuse_ended_claim()') is not null"
UNFENCED = """
select quote_ident(schemas.nspname) || '.' || quote_ident(tables.relname)
from pg_class as tables
inner join pg_namespace as schemas on tables.relnamespace = schemas.oid
where tables.relkind = 'r'
    and (schemas.nspname in (%s, %s, %s) or starts_with(schemas.nspname, %s))
    and pg_has_role(tables.relowner, 'usage')
    and not exists (
        select 1 from pg_trigger as existing where existing.tgrelid = tables.oid and existing.tgname = %s
    )
order by 1
"""
CONNECTIONS = """
select pid from pg_stat_activity
where application_name = %s and datname = current_database() and pid <> pg_backend_pid()
"""


def application_name(claim: int) -> str:
    """Return what the connections of a claim are called, so that others find them."""
    return f"accbooks-claim-{claim}"


def fence_tables(client: Client) -> None:
    """Have every table of the warehouse refuse the writes of ended claims; raw, staging and models alike."""
    with client.begin_transaction():
        client.execute_sql(f"set local lock_timeout = '{LONGEST_WAIT_SECONDS}s'")
        client.execute_sql(ONE_AT_A_TIME)
        ((exists,),) = client.execute_sql(EXISTS) or ()
        if not exists:
            client.execute_sql(TABLES)
        names = (RAW, STAGING, MODELS, f"{RAW}_staging", TRIGGER)
        for (table,) in client.execute_sql(UNFENCED, *names) or ():
            client.execute_sql(
                f"create trigger {TRIGGER} before insert or update or delete or truncate on {table} "
                f"for each statement execute function {SCHEMA}.refuse_ended_claim()"
            )


def end_claims(client: Client, claims: Iterable[int]) -> None:
    """Close the connections of these claims, and refuse their writes from now on.

    It waits until a transaction of them that is under way has ended.
    """
    ended = list(claims)
    for claim in ended:  # first: one may be paused in the middle of anything, such as fencing tables
        for (process,) in client.execute_sql(CONNECTIONS, application_name(claim)) or ():
            client.execute_sql("select pg_terminate_backend(%s)", process)
    fence_tables(client)
    for claim in ended:
        rows = client.execute_sql(f"select 1 from {SCHEMA}.ended_claims where claim = %s", claim)
        if rows:
            continue
        with client.begin_transaction():
            client.execute_sql(f"set local lock_timeout = '{LONGEST_WAIT_SECONDS}s'")
            client.execute_sql(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))", f"accbooks claim {claim}"
            )
            client.execute_sql(
                f"insert into {SCHEMA}.ended_claims (claim) values (%s) on conflict do nothing", claim
            )
