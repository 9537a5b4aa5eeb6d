"""The pages that list things say what the code says."""

import re
from collections import Counter

import pytest

from tests.house.pages import PAGES
from tests.house.problems import refusals
from tests.house.repository import read
from tests.house.requirements import proofs, requirements


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_lists_things_is_current(name: str) -> None:
    assert read(name) == PAGES[name](), "make docs"


def test_every_requirement_of_a_test_is_known() -> None:
    assert {proof.number for proof in proofs()} <= {one.number for one in requirements()}


def test_the_requirements_are_all_there() -> None:
    assert [one.number for one in requirements()] == [f"REQ-{number:02}" for number in range(1, 66)]


def test_what_is_said_to_lack_belongs_to_a_requirement_that_has_tests() -> None:
    tested = {proof.number for proof in proofs()}
    assert not [one.number for one in requirements() if one.lacks and one.number not in tested]


def test_slugs_are_plain_words_and_each_has_one_status() -> None:
    found = refusals()
    assert not [one.slug for one in found if not re.fullmatch(r"[a-z]+(-[a-z0-9…]+)*", one.slug)]
    statuses = Counter(slug for slug, _ in {(one.slug, one.status) for one in found})
    assert not [slug for slug, count in statuses.items() if count > 1 and slug not in SEVERAL]


SEVERAL = {"too-large"}
"""413 for a body and 422 for what it decodes to."""
