"""The one way a benchmark tells a figure: a JSON line on standard output; progress goes to standard error."""

import json
import operator
import statistics
import sys
from collections.abc import Sequence

_COMPARE = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def held(value: float, bound: str) -> bool:
    """Whether a value keeps a bound such as "<= 1.25"."""
    sign, limit = bound.split()
    return bool(_COMPARE[sign](value, float(limit)))


def figure(
    name: str,
    value: float,
    unit: str,
    bound: str = "",
    *,
    rival: str = "",
    rival_value: float | None = None,
    ratio: float | None = None,
    runs: int = 1,
) -> bool:
    """Print the figure; whether it kept its bound (a figure without one always does)."""
    line = {
        "figure": name,
        "value": round(value, 4),
        "unit": unit,
        "bound": bound,
        "rival": rival,
        "rival_value": None if rival_value is None else round(rival_value, 4),
        "ratio": None if ratio is None else round(ratio, 3),
        "runs": runs,
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)
    return not bound or held(value, bound)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
