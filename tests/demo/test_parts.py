"""What the demonstration is made of: reference data, files by language, ports, processes that end."""

import socket
from pathlib import Path

import psutil
import pytest

from deploy.demo import ports, province, voices
from deploy.demo.errors import DemoFailed
from deploy.demo.processes import Programs, run
from deploy.demo.province import reference
from deploy.demo.show import HERE, PLACES, check_empty
from protocol.language_names import plain_letters


def test_the_reference_province_has_the_fifteen_stations_and_162_clusters_of_the_plan() -> None:
    communes = {commune.name: commune for commune in reference().communes}
    assert len(communes) == 15
    assert reference().clusters == 162
    new = [commune.name for commune in communes.values() if commune.station == "new"]
    assert new == ["Tà Hừa", "Tà Mung"]
    assert sum(len(communes[name].clusters) for name in new) == 20
    sizes = sorted(len(commune.clusters) for name, commune in communes.items() if name not in new)
    assert sizes == [10] + [11] * 12


def test_the_names_are_those_of_the_plan_and_its_misprints_are_aliases() -> None:
    communes = {commune.name: commune.aliases for commune in reference().communes}
    assert communes["Căn Co"] == ("Cấn Co",)
    assert communes["Dào San"] == ("Đào San",)
    assert {"Nậm Chà", "Nậm Cha"} <= communes.keys()
    assert len({plain_letters(name) for name in communes}) == 14, "one pair is the same without diacritics"
    lies_in = {commune.name: district.name for district in reference().districts for commune in district.communes}
    assert (lies_in["Nậm Chà"], lies_in["Nậm Cha"]) == ("Nậm Nhùn", "Sìn Hồ")


def test_villages_and_clusters_are_numbered_and_nothing_is_invented() -> None:
    for commune in reference().communes:
        assert [cluster.number for cluster in commune.clusters] == [
            f"{number:02}" for number in range(1, len(commune.clusters) + 1)
        ]
    assert "Set for the demonstration" in province.REFERENCE.read_text(encoding="utf-8")


def test_the_three_receivers_stand_where_the_language_plans_differ() -> None:
    plans = {
        (commune.name, cluster.number): cluster.language_plan
        for commune in reference().communes
        for cluster in commune.clusters
    }
    assert [plans[place] for place in PLACES] == [("blt",), ("vi",), ("hmn", "vi")]
    assert HERE in plans
    assert HERE not in PLACES


def folder_of(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / name).write_bytes(b"sound")
    return tmp_path


def test_recordings_are_taken_by_the_names_of_their_languages(tmp_path: Path) -> None:
    programme = voices.recordings(folder_of(tmp_path, "vi.mp3", "tieng-mong.wav", "Tiếng Thái.m4a", ".DS_Store"))
    assert set(programme.files) == {"vi", "hmn", "blt"}
    assert programme.original == "vi"
    assert not programme.stand_ins


def test_without_a_vietnamese_version_another_is_the_original(tmp_path: Path) -> None:
    assert voices.recordings(folder_of(tmp_path, "tieng-dao.wav")).original == "ium"


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ((), "no file"),
        (("notes.txt",), "Which language is notes.txt in"),
        (("vi.mp3", "tieng-viet.wav"), "same language"),
    ],
)
def test_a_folder_that_cannot_be_meant_is_one_sentence(tmp_path: Path, names: tuple[str, ...], says: str) -> None:
    with pytest.raises(DemoFailed, match=says):
        voices.recordings(folder_of(tmp_path, *names))
    with pytest.raises(DemoFailed, match="no folder"):
        voices.recordings(tmp_path / "nowhere")


def test_a_taken_port_gives_way_to_a_free_one_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setenv("LOA_HTTP_PORT", str(taken))
        chosen = ports.choose()
    assert chosen.http != taken
    assert (taken, chosen.http) in chosen.moved


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    check_empty(tmp_path)
    check_empty(tmp_path / "new")
    (tmp_path / "mine").touch()
    for folder in (tmp_path, tmp_path / "mine"):
        with pytest.raises(DemoFailed, match="not an empty folder"):
            check_empty(folder)


def test_whatever_was_started_is_ended_also_when_something_goes_wrong(tmp_path: Path) -> None:
    settings = ports.any_free().settings()
    run("loa-server", "init", "--data", str(tmp_path / "data"), settings=settings)

    def fail(pids: list[int]) -> None:
        with Programs(tmp_path / "logs") as programs:
            server = programs.start("server", "loa-server", "run", "--data", str(tmp_path / "data"), settings=settings)
            pids.append(server.process.pid)
            raise DemoFailed("something")

    pids: list[int] = []
    with pytest.raises(DemoFailed):
        fail(pids)
    assert not psutil.pid_exists(pids[0])


def test_a_program_that_stopped_by_itself_is_said_with_its_last_words(tmp_path: Path) -> None:
    with Programs(tmp_path / "logs") as programs:
        receiver = programs.start("receiver-1", "loa-receiver", "run", "--data", str(tmp_path), "--output", "nonsense")
        receiver.process.wait(30)
        with pytest.raises(DemoFailed, match="receiver-1"):
            programs.check()
