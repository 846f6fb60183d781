"""Questions that a group of companies asks once."""

from collections.abc import Sequence

from accbooks_warehouse.pipelines.destinations import MEMBERS
from accbooks_warehouse.pipelines.destinations.together import Together, by_member, sql_of


def test_the_list_of_members_stands_wherever_sql_has_its_place_and_parameters_keep_theirs():
    sql = f"select a from b where c = %s and d in ({MEMBERS}) and e in ({MEMBERS}) and f = %s"
    assert sql_of(sql, ["x", "y"], [1, 2]) == (
        "select a from b where c = %s and d in (%s, %s) and e in (%s, %s) and f = %s",
        [1, "x", "y", "x", "y", 2],
    )


def test_rows_are_parted_by_their_first_column():
    assert by_member([("a", 1, 2), ("b", 3, 4), ("a", 5, 6)]) == {"a": [(1, 2), (5, 6)], "b": [(3, 4)]}


def test_a_group_asks_once_and_each_gets_its_own():
    together, asked = Together(), []

    def ask(members: Sequence[str]) -> dict[str, list[str]]:
        asked.append(list(members))
        return {each: [each * 2] for each in members if each != "c"}

    with together.asking(["a", "b", "c", "a"]):
        assert [together.of("doubled", each, ask) for each in ("a", "b", "c")] == [["aa"], ["bb"], []]
        assert asked == [["a", "b", "c"]]
        assert together.of("doubled", "stranger", ask) == ["strangerstranger"]
    assert together.of("doubled", "a", ask) == ["aa"]
    assert asked == [["a", "b", "c"], ["stranger"], ["a"]]


def test_what_is_asked_in_the_same_words_is_asked_once_in_a_group_and_anew_in_the_next():
    together, asked = Together(), []

    def ask() -> int:
        asked.append(1)
        return len(asked)

    assert [together.once("which", ask) for _ in range(2)] == [1, 2]
    with together.asking(["a", "b"]):
        assert [together.once("which", ask) for _ in range(2)] == [3, 3]
    with together.asking(["a", "b"]):
        assert together.once("which", ask) == 4
