import argparse
from pathlib import Path

from audio_pipeline.__main__ import parser
from audio_pipeline.profiles import PROFILES
from audio_pipeline.quality import GRADES_VI

DOCS = Path(__file__).parents[2] / "docs" / "audio.md"


def test_the_docs_list_every_command_profile_and_grade() -> None:
    page = DOCS.read_text(encoding="utf-8")
    nouns = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert [name for name in nouns.choices if f"| `{name}" not in page] == []
    assert [name for name in PROFILES if f"| `{name}` |" not in page] == []
    assert [grade for grade in GRADES_VI.values() if grade not in page] == []
