"""What is broadcast: the user's recordings, or stand-ins spoken by a machine."""

from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.errors import AudioRefused
from audio_pipeline.speech import speak
from deploy.demo.errors import DemoFailed
from protocol.language_names import name_of, tag_of

TITLE = "Giảm nghèo bền vững"
TEXTS = {
    "vi": (
        "Chuyên mục giảm nghèo bền vững. Thưa bà con, thoát nghèo bền vững bắt đầu từ chính mỗi gia đình: chăm chỉ làm"
        " ăn, cho con em đến trường, giữ gìn sức khỏe, và học cách làm mới. Cần vốn, cần giống cây hay muốn học nghề,"
        " bà con hãy hỏi cán bộ xã. Biết thông tin sớm thì làm được sớm."
    ),
    "blt": (
        "Đây là giọng máy, đọc thay cho bản tiếng Thái. Giảm nghèo bền vững là khi mùa nào cũng có việc, nhà nào cũng"
        " có khoản để dành. Trồng lúa gắn với nuôi cá ruộng, giữ rừng đầu nguồn, bán nông sản cùng nhau để được giá."
        " Bà con nghe loa mỗi sáng để biết lịch gieo cấy và phòng bệnh cho trâu bò."
    ),
    "hmn": (
        "Đây là giọng máy, đọc thay cho bản tiếng Mông. Muốn khỏi nghèo lâu dài, con gái con trai đều học hết phổ"
        " thông, trẻ nhỏ được tiêm phòng đủ, nương dốc trồng cây lâu năm để giữ đất. Ai chưa rõ về vay vốn hay bảo"
        " hiểm y tế thì đến nhà văn hóa hỏi, cán bộ sẽ giải thích từng bước một."
    ),
}
PITCHES = {"vi": 50, "blt": 25, "hmn": 80}


@dataclass(frozen=True, slots=True)
class Programme:
    title: str
    files: dict[str, Path]
    """By language."""
    stand_ins: bool

    @property
    def original(self) -> str:
        return "vi" if "vi" in self.files else next(iter(self.files))


def stand_ins(folder: Path) -> Programme:
    """About twenty seconds a language, each with a text and a pitch of its own. Raises DemoFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {tag: folder / f"{tag}.wav" for tag in TEXTS}
    try:
        for tag, file in files.items():
            speak(TEXTS[tag], file, language="vi", words_per_minute=150, pitch=PITCHES[tag])
    except AudioRefused as refused:
        raise DemoFailed(f"{refused.sentence_vi} / {refused.sentence_en}") from refused
    return Programme(TITLE, files, stand_ins=True)


def recordings(folder: Path) -> Programme:
    """One file a language, named after it. Raises DemoFailed with what is wrong about the folder."""
    if not folder.is_dir():
        raise DemoFailed(f"Không có thư mục {folder}. / There is no folder {folder}.")
    files: dict[str, Path] = {}
    for file in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        tag = tag_of(file.stem)
        if tag is None:
            raise DemoFailed(
                f"Không biết {file.name} là tiếng gì: đặt tên tệp như vi.mp3 hay tieng-mong.wav."
                f" / Which language is {file.name} in? Name files like vi.mp3 or tieng-mong.wav."
            )
        if tag in files:
            raise DemoFailed(
                f"{files[tag].name} và {file.name} cùng là {name_of(tag)}. / Both are in the same language."
            )
        files[tag] = file
    if not files:
        raise DemoFailed(f"Thư mục {folder} không có tệp nào. / There is no file in {folder}.")
    return Programme(TITLE, files, stand_ins=False)
