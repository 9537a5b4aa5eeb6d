"""`make demo`, or `python -m deploy.demo`: the main job from end to end on this machine.

Exit status 0 where every check held, 1 where one did not or something failed.
"""

import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from cli.errors import Failure
from deploy.demo.errors import DemoFailed
from deploy.demo.processes import Programs
from deploy.demo.screen import Screen
from deploy.demo.show import Show, Wishes, check_empty


def main(
    audio: Annotated[Path | None, typer.Option(help="Your own recordings: vi.mp3, tieng-mong.wav, …")] = None,
    data: Annotated[Path | None, typer.Option(help="An empty folder; a fresh temporary one when left out.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the checks.")] = False,
    sound: Annotated[bool, typer.Option("--sound", help="Play on this machine's sound card too.")] = False,
) -> None:
    """Từ tệp âm thanh đến loa của bản · From a file to the village."""
    signal.signal(signal.SIGTERM, _interrupt)
    screen = Screen()
    try:
        held = _perform(Wishes(_folder(data), audio, sound), screen, once=once)
    except (DemoFailed, Failure) as failed:
        text = f"{failed.vi} / {failed.en}" if isinstance(failed, Failure) else str(failed)
        screen.say(text, style="red")
        raise typer.Exit(1) from failed
    except KeyboardInterrupt:
        screen.say("Đã dừng mọi thứ. / Everything is stopped.")
        raise typer.Exit(130) from None
    raise typer.Exit(0 if held else 1)


def _perform(wishes: Wishes, screen: Screen, *, once: bool) -> bool:
    with Programs(wishes.data / "logs") as programs:
        show = Show(wishes, screen, programs)
        held = show.run()
        screen.say(
            "Mọi kiểm tra đều đạt. / Every check held." if held else "Có kiểm tra KHÔNG ĐẠT. / A check did NOT hold.",
            style="bold green" if held else "bold red",
        )
        if not once:
            with suppress(KeyboardInterrupt):
                show.stay()
    screen.say(f"Bản ghi và nhật ký / recordings and logs: {wishes.data}")
    return held


def _folder(asked: Path | None) -> Path:
    if asked is None:
        return Path(tempfile.mkdtemp(prefix="loa-demo-"))
    check_empty(asked)
    asked.mkdir(parents=True, exist_ok=True)
    return asked.resolve()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    typer.run(main)
