"""The page of figures says what was measured, and nothing else."""

from bench.page import DOCS, FAMILIES, page


def test_the_page_of_figures_is_the_lines_that_were_measured() -> None:
    assert (DOCS / "performance.md").read_text() == page(DOCS / "figures"), "python -m bench.page"
    assert {file.stem for file in (DOCS / "figures").glob("*.jsonl")} <= set(FAMILIES)
