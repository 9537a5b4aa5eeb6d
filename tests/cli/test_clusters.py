"""`loa clusters` and `loa status`; and that a name which two things bear is never guessed at."""

import json
import re

import pytest

from protocol.enrolment import normalised
from tests.cli.conftest import Commune, Terminal


def test_the_list_has_code_and_name_and_languages_by_their_names(
    terminal: Terminal, communes: dict[str, Commune]
) -> None:
    out = terminal.says("clusters", "list", "--station", "ta hua")
    assert all(code in out for code in communes["Tà Hừa"].clusters)
    assert communes["Nậm Cha"].clusters[0] not in out
    assert "tiếng Mông, tiếng Việt" in out
    assert not re.search(r"\b(blt|hmn)\b", out), "BCP 47 tags never stand in tables"


def test_json_is_what_the_server_says(terminal: Terminal, communes: dict[str, Commune]) -> None:
    station = communes["Tà Hừa"].station
    listed = json.loads(terminal.says("clusters", "list", "--station", station, "--json"))["items"]
    assert {cluster["id"] for cluster in listed} == set(communes["Tà Hừa"].clusters)
    one = json.loads(terminal.says("clusters", "show", listed[0]["id"], "--json"))
    assert one == listed[0]


def test_everything_about_one_cluster(terminal: Terminal, communes: dict[str, Commune]) -> None:
    out = terminal.says("clusters", "show", "Tà Hừa, cụm 03")
    assert communes["Tà Hừa"].clusters[2] in out
    assert "chưa kích hoạt" in out
    assert "tiếng Mông, tiếng Việt" in out


@pytest.mark.req("REQ-26")
def test_enrolling_shows_a_code_and_what_to_type_at_the_pole(terminal: Terminal, communes: dict[str, Commune]) -> None:
    cluster = communes["Tà Hừa"].clusters[0]
    out = terminal.says("clusters", "enrol", cluster)
    found = re.search(r"loa-receiver enrol (\S+):(\d+) (\S+) --data", out)
    assert found
    assert normalised(found.group(3))
    assert "Tà Hừa, cụm 01" in out
    again = json.loads(terminal.says("clusters", "enrol", cluster, "--json"))
    assert again["code"] != found.group(3)


@pytest.mark.parametrize("asked", ["Nậm Chà", "Nậm Cha", "nam cha", "NẬM CHA"])
def test_a_name_that_two_stations_bear_is_refused_and_both_are_listed(
    terminal: Terminal, communes: dict[str, Commune], asked: str
) -> None:
    ended = terminal.loa("rundown", "show", asked)
    assert (ended.status, ended.out) == (2, "")
    for name in ("Nậm Chà", "Nậm Cha"):
        assert communes[name].station in ended.err
        assert f"({name})" in ended.err
    for name in ("Nậm Chà", "Nậm Cha"):
        assert name in terminal.says("rundown", "show", communes[name].station)


def test_a_name_that_two_clusters_bear_is_refused(terminal: Terminal, communes: dict[str, Commune]) -> None:
    ended = terminal.loa("clusters", "enrol", "Nậm Chà, cụm 01")
    assert ended.status == 2
    assert all(communes[name].clusters[0] in ended.err for name in ("Nậm Chà", "Nậm Cha"))


def test_an_alias_of_old_documents_finds_its_station(terminal: Terminal, communes: dict[str, Commune]) -> None:
    assert communes["Căn Co"].station in terminal.says("rundown", "show", "Cấn Co")


@pytest.mark.parametrize(
    "command", [["clusters", "show", "Tà Mung"], ["rundown", "show", "s-00000000"], ["clusters", "enrol", "c-x"]]
)
def test_a_name_that_nothing_bears_is_one_sentence(terminal: Terminal, command: list[str]) -> None:
    ended = terminal.loa(*command)
    assert ended.status == 2
    assert "Không có" in ended.err


def test_the_status_table_has_a_row_for_every_cluster(terminal: Terminal, communes: dict[str, Commune]) -> None:
    out = terminal.says("status", "--station", communes["Tà Hừa"].station)
    assert [f"Tà Hừa, cụm {number:02}" in out for number in (1, 2, 3)] == [True] * 3
    assert "3 cụm loa · 0 trực tuyến" in out
    everywhere = json.loads(terminal.says("status", "--json"))["items"]
    assert len(everywhere) >= 6


def test_misuse_is_exit_status_two(terminal: Terminal) -> None:
    assert terminal.loa("clusters", "show").status == 2
    assert terminal.loa("nonsense").status == 2
    assert terminal.loa("status", "--nonsense").status == 2
