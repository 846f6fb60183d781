"""Warehouses and states lost, cut, or put back to an earlier day; two machines; clocks that disagree."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

logger = logging.getLogger(__name__)
DAY = 86_400.0


@pytest.mark.soak
def test_two_machines_with_states_of_their_own_share_a_warehouse(new_operator, tmp_path):
    chance = Random(3)
    one = new_operator()
    one.prove()
    other = replace(one, environment={"XDG_STATE_HOME": str(tmp_path / "another state")})
    for number in range(5):
        one.edit(chance)
        commands = [each.start("sync") for each in (one, other)]
        ends = [command.ended() for command in commands]
        logger.info("%s: %s", number, [end.code for end in ends])
        assert {end.code for end in ends} <= {0, 1}
        assert any(end.code == 0 for end in ends), ends
        (one, other)[number % 2].prove()


@pytest.mark.soak
def test_a_state_that_was_lost_or_put_back_does_no_harm(new_operator, tmp_path):
    chance = Random(4)
    operator = new_operator()
    operator.prove()
    state, kept = operator.directory / "state", tmp_path / "kept"
    shutil.copytree(state, kept) if state.exists() else kept.mkdir()
    operator.edit(chance)
    operator.prove()
    shutil.rmtree(state, ignore_errors=True)
    operator.edit(chance)
    operator.prove()
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(kept, state)
    operator.edit(chance)
    operator.prove()


@pytest.mark.long
@pytest.mark.parametrize("database", ["duckdb"], scope="module")
@pytest.mark.nightly
def test_a_warehouse_cut_in_half_is_said_and_one_deleted_or_put_back_is_right(proven, tmp_path):
    chance = Random(5)
    operator = proven.operator
    file, yesterday = operator.directory / "books.duckdb", tmp_path / "yesterday.duckdb"
    shutil.copy(file, yesterday)
    operator.edit(chance)
    cut(file)
    end = operator.run("sync")
    logger.info("cut in half: %s %s", end.code, end.said)
    assert end.code == 1
    assert "books.duckdb is damaged (" in end.said
    assert "Restore it from a backup, or move it away" in end.said
    file.unlink()
    operator.prove()
    shutil.copy(yesterday, file)
    operator.prove()


def cut(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


@pytest.mark.soak
@pytest.mark.parametrize("skew", [DAY, -DAY])
def test_clocks_a_day_apart_and_jumping_between_runs_do_no_harm(new_operator, served, skew):
    chance = Random(6)
    operator = new_operator()
    clock = served.emulator_state.clock
    try:
        for each in (skew, 0.0, -skew, skew / 2):
            clock.skew = each
            operator.edit(chance)
            operator.prove()
    finally:
        clock.skew = 0.0
