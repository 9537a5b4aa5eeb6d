"""Which versions of an item a cluster plays (design: "Languages in time").

Both sides use this one rule: the server lays the versions out in time by it, the receiver picks its own by it.
"""

from collections.abc import Collection, Sequence


def chosen(plan: Sequence[str], available: Collection[str], *, original: str) -> tuple[str, ...]:
    """The languages that a cluster with language plan `plan` plays, in the plan's order.

    A missing version gives way to the next language of the plan, and a plan with none of them to the original.
    """
    in_plan = tuple(dict.fromkeys(language for language in plan if language in available))
    return in_plan or ((original,) if original in available else ())
