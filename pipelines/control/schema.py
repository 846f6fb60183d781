"""The tables and functions of the control database."""

from __future__ import annotations

SCHEMA = "accbooks_control"

LONGEST_ANSWER_SECONDS = 120
"""A request without an answer counts for so long: then the minute that may have counted it is over."""
LONGEST_DELAY_SECONDS = 5
"""A response arrives no later than this after its Date, as a rule; a later one tells of another clock."""
POLL_SECONDS = 0.1
"""When to try again if only the answers to other requests can tell whether a request is left."""

TABLES = f"""
create schema if not exists {SCHEMA};

create table if not exists {SCHEMA}.claims (
    claim bigint primary key default floor(random() * 9e15)::bigint,
    worker text not null,
    began_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    has_expired boolean not null default false
);
create index if not exists claims_by_end on {SCHEMA}.claims (ended_at);

create table if not exists {SCHEMA}.leases (
    name text primary key,
    claim bigint not null references {SCHEMA}.claims (claim),
    taken_at timestamptz not null default clock_timestamp()
);

create table if not exists {SCHEMA}.keys (
    key_digest text primary key,
    minute_limit integer,
    remaining integer,
    resets_at timestamptz,
    clock_offset interval
);

create table if not exists {SCHEMA}.requests_in_flight (
    request bigint generated always as identity primary key,
    key_digest text not null,
    claim bigint,
    sent_at timestamptz not null default clock_timestamp(),
    is_lost boolean not null default false
);
create index if not exists requests_in_flight_by_key on {SCHEMA}.requests_in_flight (key_digest);

create table if not exists {SCHEMA}.requests_by_day (
    key_digest text not null,
    day date not null,
    spent integer not null,
    primary key (key_digest, day)
);
"""

SPEND = f"""
create or replace function {SCHEMA}.spend(
    the_key text, the_claim bigint, allowance integer, slack double precision,
    out has_ended boolean, out wait double precision, out spent integer, out request bigint
) language plpgsql as $$
declare
    known {SCHEMA}.keys;
    in_flight integer;
    server_time timestamptz;
    over_at timestamptz;
    is_over boolean;
begin
    has_ended := the_claim is not null and not exists (
        select 1 from {SCHEMA}.claims where claim = the_claim and ended_at is null
    );
    if has_ended then
        return;
    end if;
    insert into {SCHEMA}.keys (key_digest) values (the_key) on conflict do nothing;
    select * into known from {SCHEMA}.keys where key_digest = the_key for update;
    server_time := clock_timestamp() + coalesce(known.clock_offset, interval '0');
    delete from {SCHEMA}.requests_in_flight as lost
    where lost.key_digest = the_key
        and lost.sent_at < clock_timestamp() - interval '{LONGEST_ANSWER_SECONDS} seconds';
    select count(*) into in_flight from {SCHEMA}.requests_in_flight as sent where sent.key_digest = the_key;
    if known.minute_limit is null then
        -- only an answer that is still to come can tell the limit
        wait := case when exists (
            select 1 from {SCHEMA}.requests_in_flight as sent
            left join {SCHEMA}.claims as its on sent.claim = its.claim
            where sent.key_digest = the_key and not sent.is_lost and its.ended_at is null
        ) then {POLL_SECONDS} else 0 end;
    else
        over_at := known.resets_at + make_interval(secs => slack);
        is_over := server_time >= over_at;
        wait := case
            when case when is_over then known.minute_limit else known.remaining end > in_flight then 0
            when is_over or (known.remaining > 0 and in_flight > 0) then {POLL_SECONDS}
            else greatest({POLL_SECONDS}, extract(epoch from over_at - server_time))
        end;
    end if;
    if wait > 0 then
        return;
    end if;
    insert into {SCHEMA}.requests_by_day as counted (key_digest, day, spent)
    select the_key, (server_time at time zone 'utc')::date, 1
    where coalesce(allowance > 0, true)
    on conflict (key_digest, day) do update set spent = counted.spent + 1
    where coalesce(allowance > counted.spent, true)
    returning counted.spent into spend.spent;
    if spend.spent is null then
        return;
    end if;
    insert into {SCHEMA}.requests_in_flight (key_digest, claim) values (the_key, the_claim)
    returning requests_in_flight.request into spend.request;
end $$;
"""
"""Counts a request that goes out now. It decides as the source's own count of the minute does: every request
in flight may be missing from what the server said is left. `wait` is positive if there is none left; `spent`
is null if the day's allowance is used up."""

ANSWERED = f"""
create or replace function {SCHEMA}.answered(
    the_key text, the_request bigint, new_limit integer, new_remaining integer,
    new_reset timestamptz, server_date timestamptz
) returns void language plpgsql as $$
declare
    known {SCHEMA}.keys;
    tolerance constant interval := interval '1 second';
    new_offset constant interval := server_date - clock_timestamp();
begin
    select * into known from {SCHEMA}.keys where key_digest = the_key for update;
    if server_date is not null then
        -- the largest is the nearest, unless a clock was set, or that of an earlier answer was wrong: then
        -- what that one said of a minute is forgotten too
        if new_offset < known.clock_offset - interval '{LONGEST_ANSWER_SECONDS} seconds' then
            known.resets_at := null;
        end if;
        known.clock_offset := case
            when new_offset < known.clock_offset - interval '{LONGEST_DELAY_SECONDS} seconds' then new_offset
            else greatest(known.clock_offset, new_offset)
        end;
    end if;
    if new_limit is not null and new_remaining is not null and new_reset is not null then
        delete from {SCHEMA}.requests_in_flight where request = the_request;
        if known.resets_at is null or new_reset > known.resets_at + tolerance then
            known.minute_limit := new_limit;
            known.remaining := new_remaining;
            known.resets_at := new_reset;
        elsif new_reset >= known.resets_at - tolerance then
            known.minute_limit := new_limit;
            known.remaining := least(known.remaining, new_remaining);
            known.resets_at := greatest(known.resets_at, new_reset);
        end if;
    else
        update {SCHEMA}.requests_in_flight set is_lost = true where request = the_request;
    end if;
    update {SCHEMA}.keys
    set minute_limit = known.minute_limit, remaining = known.remaining, resets_at = known.resets_at,
        clock_offset = known.clock_offset
    where key_digest = the_key;
end $$;
"""
"""Records what a response says of the minute. A request whose response says nothing counts until the minute
that may have counted it is over, but nobody waits for its answer."""

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('accbooks: control tables'))"
VERSION = "accbooks control 3"
"""The comment of the schema. Where it has another one, tables that are missing and all functions are made."""
MARK = f"comment on schema {SCHEMA} is '{VERSION}'"
EXISTS = f"select obj_description(to_regnamespace('{SCHEMA}'), 'pg_namespace') = '{VERSION}'"
