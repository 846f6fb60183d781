"""Service times from passes, and what fleets need by them: worked out by hand."""

from dataclasses import replace

import pytest

from benchmarks.costs import Line, Passes, companies_of, costs_of, fitted, line_through
from benchmarks.fleets import Assumed, Fleet, Volume, disturbed, first_pass, fleet_of
from benchmarks.passes import Pass
from benchmarks.simulation.sync import simulate
from benchmarks.simulation.world import Company, Costs, End, Kind, Machines, Outcome, Work, World


def a_pass(companies, seconds, processor, requests=0, served=0.0):
    return Pass(companies, seconds, processor, served, 0.0, 100.0, requests)


PASSES = Passes(
    few_first=a_pass(50, 30.0, 30.0),
    few_unchanged=a_pass(50, 8.0, 8.0),
    first=a_pass(100, 44.0, 50.0, requests=3_000, served=3.0),
    unchanged=a_pass(100, 11.0, 14.0, requests=1_000, served=1.0),
    few_changed=a_pass(100, 18.0, 22.0),
    changed=a_pass(100, 21.0, 26.0, requests=1_100, served=1.1),
    number_few_changed=5,
    number_changed=25,
)


def test_a_line_goes_through_two_points_and_no_part_of_it_is_below_zero():
    assert line_through((50, 8.0), (100, 14.0)) == Line(fixed=2.0, each=0.12)
    assert line_through((50, 5.0), (100, 12.0)) == Line(fixed=0.0, each=0.14)
    assert line_through((50, 5.0), (100, 4.0)) == Line(fixed=5.0, each=0.0)


def test_service_times_follow_from_passes_over_few_and_many_companies():
    # nothing changed: 2 s and 0.12 s each; first: 10 s and 0.4 s each; changed: 7 s and 0.2 s each more
    unchanged, first, changed = (
        costs_of(PASSES, kind) for kind in (Kind.UNCHANGED, Kind.FIRST, Kind.CHANGED)
    )
    assert unchanged.works == {Kind.UNCHANGED: Work(10, pytest.approx(0.12))}
    assert first.works[Kind.FIRST] == Work(30, pytest.approx(0.12), pytest.approx(0.28))
    assert changed.works[Kind.CHANGED] == Work(14, pytest.approx(0.12), pytest.approx(0.2))
    assert [each.start for each in (unchanged, first, changed)] == pytest.approx([2.0] * 3)
    assert [each.build for each in (unchanged, first, changed)] == pytest.approx([0.0, 8.0, 7.0])
    assert [each.answer for each in (unchanged, first, changed)] == pytest.approx([0.001] * 3)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_simulated_pass_over_the_companies_that_were_measured_takes_as_long_as_it_did(kind):
    measured = {Kind.FIRST: PASSES.first, Kind.UNCHANGED: PASSES.unchanged, Kind.CHANGED: PASSES.changed}
    costs = costs_of(PASSES, kind)
    outcome = simulate(World(companies_of(kind, 100, PASSES), costs, Machines(cores=2)))
    assert outcome.seconds == pytest.approx(measured[kind].seconds, rel=0.01)
    assert outcome.processor == pytest.approx(measured[kind].processor)


def test_of_companies_that_change_so_many_do():
    assert [each.kind for each in companies_of(Kind.CHANGED, 3, PASSES, changed=1)] == [
        Kind.CHANGED,
        Kind.UNCHANGED,
        Kind.UNCHANGED,
    ]


def test_a_pass_that_other_programs_slow_down_has_more_than_its_processor_time_with_the_lock():
    costs = Costs({Kind.UNCHANGED: Work(0, 0.0)}, start=10.0)
    assert fitted(costs, [Company("a")], 8.0) == pytest.approx(0.8, abs=0.01)
    assert fitted(costs, [Company("a")], 15.0) == pytest.approx(1.5, abs=0.01)


VOLUME = Volume(record_bytes=1_000.0, posting_bytes=500.0, postings_per_record=3.0)
ON_POSTGRES = Costs(
    {
        Kind.UNCHANGED: Work(10, 0.1, database=0.05),
        Kind.CHANGED: Work(15, 0.1, 0.1, database=0.1),
        Kind.FIRST: Work(90, 0.1, 0.3, database=0.2),
    },
    start=2.0,
    build=10.0,
)


def test_records_take_bytes_with_their_postings():
    assert VOLUME.gigabytes(1_000_000) == 2.5


def test_a_fleet_costs_its_cores_by_the_hour_and_its_gigabytes_by_the_month():
    outcome = Outcome(100.0, 90.0, 10.0, 0.0, 1)
    fleet = Fleet(10, 3, 2, outcome, 200.0, Assumed(core_hour=0.04, gigabyte_month=0.10))
    assert fleet.money_a_month == pytest.approx(5 * 730 * 0.04 + 20.0)


def test_one_company_needs_one_worker():
    fleet = fleet_of(1, ON_POSTGRES, VOLUME, Assumed())
    assert (fleet.workers, fleet.database_cores, fleet.is_in_time) == (1, 1, True)
    assert (fleet.outcome.requests, fleet.requests_a_day) == (10, 240)
    assert fleet.gigabytes == pytest.approx(5_000 * 2_500 / 1e9)


def test_a_fleet_has_as_many_workers_as_a_pass_in_time_takes():
    # 2,000 companies take 200 s and a little for those that changed: within 60 s that is four or five workers
    assumed = Assumed(within=60.0, changed=0.0, batch=100, deaths=0, jobs=96)
    quick = replace(ON_POSTGRES, start=0.0)
    fleet = fleet_of(2_000, quick, VOLUME, assumed)
    assert (4 <= fleet.workers <= 5, fleet.is_in_time) == (True, True)
    assert fleet.database_cores == 4  # 100 s of PostgreSQL's, on cores that are busy for half of the 60 s
    assert not fleet_of(2_000, quick, VOLUME, assumed, most_workers=3).is_in_time


def test_runs_that_wait_for_each_others_models_are_helped_by_no_worker_but_by_larger_runs():
    # 20 runs that each make models for 10 s, one after another, in 100 s
    small = Assumed(within=100.0, changed=1.0, batch=10, deaths=0, jobs=96)
    costs = replace(ON_POSTGRES, works={**ON_POSTGRES.works, Kind.CHANGED: Work(10, 0.01, database=0.01)})
    assert not fleet_of(200, costs, VOLUME, small).is_in_time
    large = fleet_of(200, costs, VOLUME, replace(small, batch=200))
    assert (large.is_in_time, large.workers, large.outcome.building) == (True, 1, 10.0)


def test_duckdb_has_one_worker():
    costs = Costs({Kind.UNCHANGED: Work(10, 1.0), Kind.CHANGED: Work(10, 1.0)})
    fleet = fleet_of(100, costs, VOLUME, Assumed(within=60.0))
    assert (fleet.workers, fleet.database_cores, fleet.is_in_time) == (1, 0, False)


def test_first_syncs_of_a_fleet_wait_for_limits_and_load_in_turn():
    fleet = fleet_of(100, ON_POSTGRES, VOLUME, Assumed(records=400))
    outcome = first_pass(fleet, ON_POSTGRES, VOLUME)
    # 90 requests of 60 a minute take a minute; then models, after 2 + 100 x 0.4 s of processor time
    assert len(outcome.ended(End.DONE)) == 100
    assert (outcome.requests, outcome.building) == (9_000, 10.0)
    assert outcome.processor == pytest.approx(2 + 100 * 0.4 + 10)
    assert 60 < outcome.seconds < 120


def test_first_syncs_of_larger_companies_take_their_pages_records_and_postings_more():
    # 2,000 records more: 20 pages, 2,000 x 0.1 ms to load, and 6,000 postings of 20 s a million, each
    fleet = fleet_of(10, ON_POSTGRES, VOLUME, Assumed(records=2_400))
    outcome = first_pass(fleet, ON_POSTGRES, replace(VOLUME, load=0.0001, rebuild=0.00002))
    assert outcome.requests == 10 * (90 + 20)
    assert outcome.processor == pytest.approx(2 + 10 * (0.4 + 0.2) + 10 + 10 * 0.12)


def test_a_pass_is_disturbed_by_dead_workers_an_absence_and_refused_keys():
    # ten runs of some 5 s each: the start 2 s, requests and processor time of ten companies 3 s
    fleet = fleet_of(100, ON_POSTGRES, VOLUME, Assumed(within=30.0, batch=10, changed=0.0, deaths=0))
    assert (fleet.workers, fleet.outcome.runs, len(fleet.outcome.ended(End.DONE))) == (2, 10, 100)
    dying = disturbed(fleet, ON_POSTGRES, deaths=1)
    assert len(dying.ended(End.DONE)) == 100
    assert dying.seconds > 60  # until the leases of the dead one have expired
    away = disturbed(fleet, ON_POSTGRES, away=[(0.0, 3_600.0)])
    assert len(away.ended(End.UNREACHABLE)) == 100
    refused = disturbed(fleet, ON_POSTGRES, forbidden=1.0)
    assert (len(refused.ended(End.FORBIDDEN)), refused.requests) == (100, 100)
