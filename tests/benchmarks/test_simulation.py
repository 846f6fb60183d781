"""Syncs on paper: one, two and three companies worked out by hand, limits, dead workers, spent days."""

import pytest

from benchmarks.simulation.clock import Clock, Room
from benchmarks.simulation.drawing import draw_companies, draw_deaths
from benchmarks.simulation.keys import NO_LIMIT, PRO, STARTER, Key, Limit
from benchmarks.simulation.sync import simulate
from benchmarks.simulation.world import Company, Costs, Death, End, Ended, Kind, Machines, Work, World

ONE_JOB = Machines(number=1, cores=1, jobs=1)


def test_processes_wait_for_seconds_for_each_other_and_for_room():
    clock, said = Clock(), []
    room = Room(clock, 1)

    def work(name, seconds):
        yield from room.busy(seconds)
        said.append((name, clock.now))

    def last(process):
        yield process
        yield 1.0
        said.append(("last", clock.now))

    clock.start(work("first", 2.0))
    clock.start(last(clock.start(work("second", 3.0))))
    clock.run()
    assert said == [("first", 2.0), ("second", 5.0), ("last", 6.0)]
    assert room.seconds == 5.0


def test_a_stopped_process_gives_its_place_back_and_one_in_line_loses_its_turn():
    clock, said = Clock(), []
    room = Room(clock, 1)

    def work(name):
        yield from room.busy(10.0)
        said.append((name, clock.now))

    first, second, _ = (clock.start(work(name)) for name in ("first", "second", "third"))

    def stop():
        second.stop()
        yield 4.0
        first.stop()

    clock.start(stop())
    clock.run()
    assert said == [("third", 14.0)]


def test_a_process_stopped_in_the_moment_in_which_it_is_given_a_place_leaves_it_to_the_next():
    clock, said = Clock(), []
    room = Room(clock, 1)

    def hold():
        yield from room.busy(10.0)
        second.stop()  # it was given the place just now, and does not know of it yet

    def work(name):
        yield from room.busy(5.0)
        said.append((name, clock.now))

    clock.start(hold())
    second = clock.start(work("second"))
    clock.start(work("third"))
    clock.run()
    assert said == [("third", 15.0)]


def test_a_key_has_so_many_requests_in_each_minute_and_each_day_of_the_clock():
    key = Key(Limit(per_minute=60, per_day=100))
    assert [key.grant(50, 1.0), key.grant(50, 59.0), key.grant(50, 59.9)] == [50, 10, 0]
    assert key.until_next_minute(59.0) == 1.0
    assert (key.grant(50, 60.0), key.is_spent(60.0), key.grant(1, 120.0)) == (40, True, 0)
    assert (key.is_spent(86_400.0), key.grant(5, 86_400.0)) == (False, 5)
    assert (key.requests, key.busiest_minute) == (105, 60)


def test_one_company_takes_the_start_its_requests_and_its_processor_time():
    # start 2; one request alone and then two at once, 0.5 s each time, with 1 s of processor time for each
    costs = Costs({Kind.UNCHANGED: Work(requests=3, reading=3.0)}, start=2.0, latency=0.5)
    outcome = simulate(World([Company("a", limit=STARTER)], costs, ONE_JOB))
    assert outcome.companies == {"a": Ended(End.DONE, 2 + 0.5 + 1 + 0.5 + 2, 3, 3)}
    assert (outcome.seconds, outcome.processor, outcome.runs, outcome.building) == (6.0, 5.0, 1, 0.0)


def test_the_part_of_the_work_without_pythons_lock_is_done_by_another_core():
    # of 10 s 8 are with the lock and 2 beside them; on one core they are one after another
    costs = Costs({Kind.UNCHANGED: Work(requests=0, reading=0.0)}, start=10.0, alone=0.8)
    taken = [simulate(World([Company("a")], costs, Machines(cores=cores))).seconds for cores in (1, 2)]
    assert taken == [10.0, 8.0]


def test_two_companies_are_read_side_by_side_and_built_in_one_go():
    # both wait 1 s for the request at once, one types after the other, at 2 and 3 s. The lock of
    # loads lets one in at a time, and Python's lock too: both are loaded at 6 s, and built 5 + 2 s later.
    costs = Costs(
        {Kind.FIRST: Work(requests=1, reading=1.0, loading=1.5)},
        build=5.0,
        per_million=10.0,
        latency=1.0,
    )
    companies = [Company(name, Kind.FIRST, postings=100_000) for name in "ab"]
    outcome = simulate(World(companies, costs, Machines(cores=2, jobs=2)))
    assert outcome.seconds == 1 + 1 + 1 + 1.5 + 1.5 + 5 + 2
    assert (outcome.processor, outcome.building) == (2 * 2.5 + 7, 7.0)
    assert {each.at for each in outcome.companies.values()} == {outcome.seconds}


def test_with_one_job_companies_ask_one_after_another():
    costs = Costs({Kind.UNCHANGED: Work(requests=1, reading=1.0)}, latency=1.0)
    world = World([Company(name) for name in "abc"], costs, ONE_JOB)
    assert simulate(world).seconds == 6.0


def test_three_companies_under_limits_wait_for_the_minute_at_the_same_time():
    # 130 requests of 60 a minute: 60 in the first minute, 60 in the second, 10 in the third; while a company
    # waits another one has its place. Requests take no time, so all end when the third minute begins.
    costs = Costs({Kind.UNCHANGED: Work(requests=130, reading=0.0)})
    companies = [Company(name, limit=STARTER) for name in "abc"]
    outcome = simulate(World(companies, costs, ONE_JOB))
    assert outcome.companies == {name: Ended(End.DONE, 120.0, 130, 60) for name in "abc"}


def test_a_plan_with_more_requests_a_minute_holds_up_nobody():
    costs = Costs({Kind.UNCHANGED: Work(requests=130, reading=0.0)})
    outcome = simulate(World([Company("a", limit=STARTER), Company("b", limit=PRO)], costs, ONE_JOB))
    assert {name: each.at for name, each in outcome.companies.items()} == {"a": 120.0, "b": 120.0}
    alone = simulate(World([Company("b", limit=PRO)], costs, ONE_JOB))
    assert alone.seconds == 0.0


def test_a_spent_day_ends_a_company_and_the_next_day_goes_on_where_it_was():
    # 25 requests of 10 a day: ten, ten and five, on three days
    costs = Costs({Kind.FIRST: Work(requests=25, reading=0.0)})
    company = Company("a", Kind.FIRST, limit=Limit(per_day=10))
    day = 86_400.0
    first = simulate(World([company], costs, ONE_JOB))
    assert first.companies == {"a": Ended(End.LIMIT_REACHED, 0.0, 10, 10)}
    days = simulate(World([company], costs, ONE_JOB, passes=(0.0, day, 2 * day, 3 * day)))
    assert days.companies == {"a": Ended(End.DONE, 2 * day, 25, 10)}


def test_a_spent_day_of_one_company_does_not_hold_up_the_others():
    costs = Costs({Kind.UNCHANGED: Work(requests=25, reading=25.0)})
    companies = [Company("spent", limit=Limit(per_day=5)), Company("other")]
    outcome = simulate(World(companies, costs, ONE_JOB))
    assert (outcome.ended(End.LIMIT_REACHED), outcome.ended(End.DONE)) == (["spent"], ["other"])
    assert outcome.companies["other"].at == 5 + 25


def test_a_dead_workers_companies_are_done_by_the_others_once_its_leases_have_expired():
    # each company takes 10 s. Worker 0 dies at 5 s, so `a` is free at 65 s. Worker 1 does `b` till 10 s and
    # `c` till 20 s; worker 0 is back at 35 s, and both are idle at 65 s: `a` is done at 75 s.
    costs = Costs({Kind.UNCHANGED: Work(requests=1, reading=10.0)})
    machines = Machines(number=2, cores=1, batch=1)
    world = World([Company(name) for name in "abc"], costs, machines, deaths=[Death(0, 5.0)])
    outcome = simulate(world)
    assert {name: each.at for name, each in outcome.companies.items()} == {"b": 10.0, "c": 20.0, "a": 75.0}
    assert outcome.companies["a"].requests == 2  # what was read and not loaded is read again
    assert outcome.runs == 4


def test_a_worker_that_is_dead_already_dies_no_second_time():
    costs = Costs({Kind.UNCHANGED: Work(requests=1, reading=10.0)})
    world = World([Company("a")], costs, ONE_JOB, deaths=[Death(0, 5.0), Death(0, 6.0)])
    assert simulate(world).companies == {"a": Ended(End.DONE, 75.0, 2, 1)}


def test_what_was_loaded_before_a_worker_died_is_not_read_again():
    # read at 1 s and loaded at 2 s; the build, from 2 s on, would take till 12 s. At 65 s another run has it.
    costs = Costs({Kind.CHANGED: Work(requests=1, reading=1.0, loading=1.0)}, build=10.0)
    world = World([Company("a", Kind.CHANGED)], costs, ONE_JOB, deaths=[Death(0, 5.0)])
    outcome = simulate(world)
    assert outcome.companies == {"a": Ended(End.DONE, 5 + 60 + 10, 1, 1)}


def test_two_runs_make_models_one_after_the_other():
    costs = Costs({Kind.CHANGED: Work(requests=0, reading=0.0)}, build=10.0)
    companies = [Company(name, Kind.CHANGED) for name in "ab"]
    outcome = simulate(World(companies, costs, Machines(number=2, batch=1)))
    assert sorted(each.at for each in outcome.companies.values()) == [10.0, 20.0]


def test_queries_wait_for_the_cores_of_the_database_that_all_share():
    costs = Costs({Kind.UNCHANGED: Work(requests=0, reading=0.0, database=3.0)})
    companies = [Company(name) for name in "abc"]
    machines = Machines(number=3, batch=1, database_cores=2)
    outcome = simulate(World(companies, costs, machines))
    assert (outcome.seconds, outcome.database) == (6.0, 9.0)


def test_a_key_that_is_refused_costs_one_request_and_holds_up_nobody():
    costs = Costs({Kind.UNCHANGED: Work(requests=4, reading=4.0)})
    companies = [Company("refused", is_forbidden=True), Company("other")]
    outcome = simulate(World(companies, costs, ONE_JOB))
    assert outcome.companies == {
        "refused": Ended(End.FORBIDDEN, 1.0, 1, 1),
        "other": Ended(End.DONE, 5.0, 4, 4),
    }


def test_companies_give_up_while_accbooks_is_away_and_the_next_pass_gets_them():
    costs = Costs({Kind.UNCHANGED: Work(requests=1, reading=1.0)})
    companies = [Company(name) for name in "ab"]
    away = [(1.0, 100.0)]
    outcome = simulate(World(companies, costs, ONE_JOB, away=away))
    assert outcome.companies == {
        "a": Ended(End.DONE, 8.5, 1, 1),
        "b": Ended(End.UNREACHABLE, 8.5, 0, 0),
    }
    again = simulate(World(companies, costs, ONE_JOB, away=away, passes=(0.0, 3_600.0)))
    assert again.companies["b"] == Ended(End.DONE, 3_601.0, 1, 1)


def test_a_short_absence_of_accbooks_is_waited_for():
    costs = Costs({Kind.UNCHANGED: Work(requests=1, reading=1.0)})
    outcome = simulate(World([Company("a")], costs, ONE_JOB, away=[(0.0, 5.0)]))
    assert outcome.ended(End.DONE) == ["a"]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_drawn_by_one_seed_is_the_same_and_so_is_what_comes_of_it(seed):
    costs = Costs(
        {
            Kind.UNCHANGED: Work(requests=70, reading=0.1, database=0.02),
            Kind.CHANGED: Work(requests=75, reading=0.2, loading=0.2, database=0.1),
        },
        start=2.0,
        build=5.0,
        per_million=20.0,
        latency=0.2,
        alone=0.8,
    )

    def world(drawn_by):
        companies = draw_companies(
            300, drawn_by, changed=0.1, limits=[STARTER, PRO], postings=10_000, forbidden=0.02
        )
        machines = Machines(number=3, database_cores=4, batch=20)
        return World(companies, costs, machines, deaths=draw_deaths(5, 3, 120.0, drawn_by))

    outcome = simulate(world(seed))
    assert outcome == simulate(world(seed))
    assert outcome != simulate(world(seed + 2))
    assert len(outcome.companies) == 300
    assert set(outcome.ended(End.DONE)) | set(outcome.ended(End.FORBIDDEN)) == set(outcome.companies)
    limits = {each.name: each.limit.per_minute for each in world(seed).companies}
    assert all(each.busiest_minute <= limits[name] for name, each in outcome.companies.items())


def test_shares_are_drawn_about_as_often_as_asked():
    drawn = draw_companies(10_000, 1, changed=0.02, limits=[NO_LIMIT], postings=1_000)
    assert 150 < sum(each.kind is Kind.CHANGED for each in drawn) < 250
    assert {each.limit for each in drawn} == {NO_LIMIT}
    assert (min(each.postings for each in drawn), max(each.postings for each in drawn)) == (500, 1_500)
