"""The demonstration from beginning to end, with real processes: an officer's day in a minute and a half."""

from dataclasses import dataclass
from pathlib import Path

from cli.answers import Item
from cli.items import measured
from cli.server import Server
from deploy.demo import broadcast, ports, province, receivers, station_server, voices
from deploy.demo.broadcast import Broadcast
from deploy.demo.errors import DemoFailed
from deploy.demo.judging import verdicts
from deploy.demo.processes import Program, Programs
from deploy.demo.province import Registered
from deploy.demo.receivers import Receiver
from deploy.demo.screen import Screen
from deploy.demo.station_server import StationServer
from deploy.demo.voices import Programme
from deploy.demo.waiting import CLOCK, pause
from protocol.language_names import name_of

PLACES = (("Tà Hừa", "01"), ("Tà Hừa", "02"), ("Mồ Sì San", "01"))
"""Where a receiver stands: two villages of one station with a language each, and one with two languages."""
HERE = ("Tà Hừa", "04")
"""Whose receiver plays on this machine's sound card, when that is asked for."""
LOOK_S = 0.5
AFTERWARDS_S = 30.0
SOUND_CARD_S = 2.0
STAND_INS = (
    "ĐÂY LÀ GIỌNG MÁY THAY THẾ: bản tiếng Thái và bản tiếng Mông chỉ là tiếng Việt đọc giọng khác.",
    "STAND-IN VOICES: the Thái and Mông versions are Vietnamese in another pitch.",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    data: Path
    audio: Path | None = None
    """The user's own recordings; None: stand-ins."""
    sound: bool = False


class Show:
    """Each step in turn; what they share is kept as it comes to be."""

    server: StationServer
    stations: dict[str, Registered]

    def __init__(self, wishes: Wishes, screen: Screen, programs: Programs) -> None:
        self.wishes, self.screen, self._programs = wishes, screen, programs
        self.listening: list[Receiver] = []

    def run(self) -> bool:
        """Whether every check held; the server goes on until the programs' context ends. Raises DemoFailed."""
        programme = self.find_voices()
        self.server = self.start_server()
        with self.server.log_in() as api:
            self.stations = self.register(api)
            recording = self.enrol(api)
            if self.wishes.sound:
                self.play_here(api)
            item = self.upload(api, programme)
            onair = self.schedule(api, item)
            self.watch(api, onair)
            return self.judge(api, onair, recording)

    def find_voices(self) -> Programme:
        if self.wishes.audio is None:
            self.screen.step("Tạo giọng đọc thay thế", "Speaking stand-ins, as no recordings were given (AUDIO=folder)")
            programme = voices.stand_ins(self.wishes.data / "voices")
            for line in STAND_INS:
                self.screen.say(line, style="yellow")
        else:
            self.screen.step("Đọc các bản ghi của bạn", f"Your own recordings, from {self.wishes.audio}")
            programme = voices.recordings(self.wishes.audio)
        for language, file in programme.files.items():
            self.screen.say(f"{name_of(language)}: {file.name}")
        return programme

    def start_server(self) -> StationServer:
        self.screen.step("Khởi động máy chủ", "Starting the server: one process, with the broker that it keeps")
        chosen = ports.choose()
        for taken, instead in chosen.moved:
            self.screen.say(f"Cổng {taken} đang bận, dùng {instead}. / Port {taken} is taken, {instead} instead.")
        server = station_server.start(self._programs, self.wishes.data / "server", chosen)
        self.screen.say(f"{server.url}  ·  dữ liệu / data: {self.wishes.data}")
        return server

    def register(self, api: Server) -> dict[str, Registered]:
        reference = province.reference()
        self.screen.step(
            f"Khai báo {len(reference.communes)} đài, {reference.clusters} cụm loa của tỉnh {reference.province}",
            "Registering the reference province; language plans are settings of this demonstration",
        )
        with self.screen.counting(len(reference.communes)) as count:
            stations = province.register(api, reference, count.done)
        self.screen.say("Nậm Chà và Nậm Cha là hai xã khác nhau. / Nậm Chà and Nậm Cha are two communes.")
        return stations

    def enrol(self, api: Server) -> list[Program]:
        """Three receivers, each playing into a recording of its own."""
        self.screen.step("Kích hoạt ba bộ thu bằng mã dùng một lần", "Enrolling three receivers by one-time codes")
        for place, (commune, number) in enumerate(PLACES, 1):
            cluster = self.stations[commune].clusters[number]
            folder = self.wishes.data / f"receiver-{place}"
            receiver = receivers.enrol(api, cluster, f"{commune}, cụm {number}", folder)
            plan = ", ".join(map(name_of, broadcast.states(api, [cluster])[0].language_plan))
            self.screen.say(f"{receiver.name}: {plan}  →  {receiver.wav}")
            self.listening.append(receiver)
        return [receiver.play(self._programs, f"wav:{receiver.wav}") for receiver in self.listening]

    def play_here(self, api: Server) -> None:
        """A fourth receiver on this machine's sound card, where there is one."""
        commune, number = HERE
        cluster = self.stations[commune].clusters[number]
        receiver = receivers.enrol(api, cluster, f"{commune}, cụm {number}", self.wishes.data / "receiver-here")
        program = receiver.play(self._programs, "sound")
        pause(SOUND_CARD_S)
        if program.alive:
            self.screen.say(f"{receiver.name}: loa của máy này / this machine's sound card")
        else:
            self.screen.say(f"Không mở được loa của máy này. / No sound card: {program.last_words(1)}", style="yellow")
            self._programs.end(program)

    def upload(self, api: Server, programme: Programme) -> Item:
        self.screen.step(
            f"Tải lên “{programme.title}” và chuẩn hóa âm lượng",
            "Uploading; levelled to -16 LUFS, true peak at most -1.5 dBTP, measured after the codec",
        )
        item = broadcast.new_item(api, programme)
        for version in broadcast.uploaded(api, item, programme.files):
            self.screen.say(f"{name_of(version.language)}: {measured(version)}  ·  {version.asset.sha256[:12]}…")
        return item

    def schedule(self, api: Server, item: Item) -> Broadcast:
        self.screen.step("Đặt giờ phát sau 15 giây nữa ở hai đài", "Scheduled fifteen seconds ahead on two stations")
        stations = list(dict.fromkeys(self.stations[commune].station for commune, _ in PLACES))
        onair = broadcast.scheduled(api, item, stations, now=CLOCK.now())
        starts, ends = onair.start.astimezone(), onair.end.astimezone()
        self.screen.say(f"Từ {starts:%H:%M:%S} đến {ends:%H:%M:%S}; lịch phát đã ký và gửi đi. / Signed and published.")
        return onair

    def watch(self, api: Server, onair: Broadcast) -> None:
        """Until every row of the journal is there, or should long have been."""
        self.screen.step("Theo dõi các cụm loa", "Watching the clusters: what plays, volume, clock, cache")
        clusters = [receiver.cluster for receiver in self.listening]
        wanted = sum(len(onair.planned(state)) for state in broadcast.states(api, clusters))
        with self.screen.watching() as table:
            while (over_s := (CLOCK.now() - onair.end).total_seconds()) < AFTERWARDS_S:
                self._programs.check()
                table.show(broadcast.states(api, clusters))
                if over_s > 0 and sum(row.cluster.id in clusters for row in broadcast.rows(api, onair)) >= wanted:
                    return
                pause(LOOK_S)

    def judge(self, api: Server, onair: Broadcast, recording: list[Program]) -> bool:
        self.screen.step("Nhật ký phát sóng và kiểm tra các bản ghi", "As-run rows; what the three recordings hold")
        self._programs.end(*recording)
        rows = broadcast.rows(api, onair)
        self.screen.journal(rows)
        states = broadcast.states(api, [receiver.cluster for receiver in self.listening])
        places = list(zip(states, self.listening, strict=True))
        found = verdicts(onair, places, rows, asset=self.server.asset)
        self.screen.console.print()
        self.screen.verdicts(found)
        return bool(found) and all(verdict.holds for verdict in found)

    def stay(self) -> None:
        """Until somebody stops us, or a program stops by itself; the receivers go on without recording."""
        for receiver in self.listening:
            receiver.play(self._programs, "null")
        self.screen.say(f"Trang điều khiển / page:  {self.server.url}")
        self.screen.say(f"Tài khoản / account:      admin  {self.server.password}")
        self.screen.say("Nhấn Ctrl-C để dừng. / Ctrl-C ends it.")
        while True:
            self._programs.check()
            pause(1.0)


def check_empty(folder: Path) -> None:
    """Raises DemoFailed where something is there that is not ours."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DemoFailed(f"Thư mục {folder} không trống. / {folder} is not an empty folder.")
