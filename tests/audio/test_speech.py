import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from audio_pipeline.errors import NoVoice, SpeechFailed
from audio_pipeline.measure import measure
from audio_pipeline.speech import Espeak, Service, languages, speak
from audio_pipeline.speech.normalise import normalise, syllables
from audio_pipeline.speech.numbers import cardinal
from tests.audio.sounds import TEXT


@pytest.mark.parametrize("language", ["vi", "vi-vn-x-central", "vi-VN-x-south", "en"])
def test_the_engine_speaks(tmp_path: Path, language: str) -> None:
    spoken = speak(TEXT, tmp_path / "out.wav", language=language)
    found = measure(tmp_path / "out.wav")
    assert spoken.trial
    assert found.samples == spoken.samples > 5 * 48_000
    assert found.integrated_lufs is not None
    assert -30 < found.integrated_lufs < -10


def test_the_regions_do_not_sound_alike(tmp_path: Path) -> None:
    for tag in ("vi", "vi-vn-x-central", "vi-vn-x-south"):
        speak(TEXT, tmp_path / f"{tag}.wav", language=tag)
    assert len({path.read_bytes() for path in tmp_path.glob("*.wav")}) == 3


def test_a_language_without_a_voice_names_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(NoVoice) as caught:
        speak("x", tmp_path / "out.wav", language="hmn")
    assert all(tag in caught.value.sentence_vi for tag in languages())
    assert not list(tmp_path.iterdir())


def test_the_same_text_is_spoken_once(tmp_path: Path) -> None:
    first = speak(TEXT, tmp_path / "one.wav", cache=tmp_path / "cache")
    again = speak(TEXT, tmp_path / "two.wav", cache=tmp_path / "cache")
    other = speak(TEXT, tmp_path / "three.wav", cache=tmp_path / "cache", words_per_minute=120)
    assert (first.cached, again.cached, other.cached) == (False, True, False)
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()


def test_text_is_no_option_of_the_engine(tmp_path: Path) -> None:
    assert speak("--help; rm -rf / `id` $(id)", tmp_path / "out.wav").samples > 0


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server: Any = self.server
        server.asked.append((asked, self.headers.get("Authorization")))
        status, content = server.answer(asked)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def service(server: Any, **settings: Any) -> Service:
    return Service(f"http://127.0.0.1:{server.server_address[1]}/tts", {"vi": "nu-bac"}, **settings)


def test_a_service_is_asked_in_its_own_words(tmp_path: Path, server: Any) -> None:
    speak(TEXT, tmp_path / "voice.wav")
    server.answer = lambda _: (200, (tmp_path / "voice.wav").read_bytes())
    engine = service(server, headers={"Authorization": "Bearer key"})
    spoken = speak('Họp lúc 7h30 "tại nhà văn hóa"', tmp_path / "out.wav", engines=[engine])
    assert (tmp_path / "out.wav").read_bytes() == (tmp_path / "voice.wav").read_bytes()
    assert not spoken.trial
    asked, key = server.asked[0]
    assert asked == {"text": 'Họp lúc bảy giờ ba mươi phút "tại nhà văn hóa"', "voice": "nu-bac", "speed": 1.0}
    assert key == "Bearer key"


def test_a_service_may_answer_in_json(tmp_path: Path, server: Any) -> None:
    speak(TEXT, tmp_path / "voice.wav")
    encoded = base64.b64encode((tmp_path / "voice.wav").read_bytes()).decode()
    server.answer = lambda _: (200, json.dumps({"audio": encoded}).encode())
    assert speak("Một", tmp_path / "out.wav", engines=[service(server, answer_field="audio")]).samples > 48_000


@pytest.mark.parametrize("answer", [(500, b""), (200, b"<html>no</html>"), (200, b"")])
def test_a_service_that_fails_is_a_failure_and_the_next_engine_speaks(
    tmp_path: Path, server: Any, answer: tuple[int, bytes]
) -> None:
    server.answer = lambda _: answer
    with pytest.raises(SpeechFailed):
        speak("Một hai ba", tmp_path / "out.wav", engines=[service(server)])
    assert not list(tmp_path.iterdir())
    assert speak("Một hai ba", tmp_path / "out.wav", engines=[service(server), Espeak()]).engine == "espeak-ng"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "không"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (55, "năm mươi lăm"),
        (105, "một trăm linh năm"),
        (1005, "một nghìn không trăm linh năm"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
        (1_000_000, "một triệu"),
        (2_500_000_000, "hai tỷ năm trăm triệu"),
        (1_001_001, "một triệu không trăm linh một nghìn không trăm linh một"),
        (-3, "âm ba"),
    ],
)
def test_numbers_are_said_as_people_say_them(number: int, said: str) -> None:
    assert cardinal(number) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("UBND xã", "Ủy ban nhân dân xã"),
        ("lúc 7h30", "lúc bảy giờ ba mươi phút"),
        ("lúc 17:00", "lúc mười bảy giờ"),
        ("ngày 2/9", "ngày mùng hai tháng chín"),
        ("ngày 15/8/2026", "ngày mười lăm tháng tám năm hai nghìn không trăm hai mươi sáu"),
        ("tháng 4/2026", "tháng tư năm hai nghìn không trăm hai mươi sáu"),
        ("45%", "bốn mươi lăm phần trăm"),
        ("3,5 ha", "ba phẩy năm héc ta"),
        ("8-12°C", "tám đến mười hai độ xê"),
        ("60km/h", "sáu mươi ki lô mét trên giờ"),
        ("1.500.000 đồng", "một triệu năm trăm nghìn đồng"),
        ("Gọi 114", "Gọi một một bốn"),
        ("0912 345 678", "không chín một hai ba bốn năm sáu bảy tám"),
        ("khóa XIII", "khóa mười ba"),
        (
            "Thông tư số 39/2020/TT-BTTTT",
            "Thông tư số ba mươi chín năm hai nghìn không trăm hai mươi, Bộ Thông tin và Truyền thông",
        ),
        ("49/2024/NĐ-CP", "bốn mươi chín năm hai nghìn không trăm hai mươi tư, nghị định, Chính phủ"),
        ("Mời bà con", "Mời bà con"),
    ],
)
def test_what_is_written_is_said_in_words(written: str, said: str) -> None:
    assert normalise(written) == said


def test_what_was_normalised_stays() -> None:
    once = normalise("UBND xã họp lúc 7h30 ngày 15/8/2026, hỗ trợ 1.500.000 đ/hộ theo 49/2024/NĐ-CP.")
    assert normalise(once) == once
    assert not any(letter.isdigit() for letter in once)


def test_every_word_of_vietnamese_is_a_syllable() -> None:
    assert syllables("Kính thưa bà con, lúc 7h.") == 7
