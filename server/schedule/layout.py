"""Languages in time: where each version of an item starts within an occurrence.

Every version has one offset for the whole station, so that all clusters of a language stay in step. Two versions that
some cluster plays both never overlap; others may run side by side. Of all such layouts the shortest is taken, and of
those the one that follows the plans' own order best.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

from protocol.units import Samples

EXACT_UP_TO = 6
"""Languages of one item up to which every order is tried; with more of them the plans' order is taken."""


def offsets(lengths: Mapping[str, int], playlists: Sequence[Sequence[str]]) -> dict[str, Samples]:
    """Start of each version that some cluster plays.

    `lengths` are samples by language; `playlists` are the languages that each cluster plays, in its order
    (protocol.languages.chosen), and name no language without a length.
    """
    playlists = list(dict.fromkeys(tuple(playlist) for playlist in playlists))  # Clusters that play alike count once.
    played = sorted({language for playlist in playlists for language in playlist})
    apart = {frozenset(pair) for playlist in playlists for pair in combinations(playlist, 2)}
    wanted = [pair for playlist in playlists for pair in combinations(playlist, 2)]

    def cost(placed: Mapping[str, int]) -> tuple[int, int, int, tuple[int, ...]]:
        end = max((placed[language] + lengths[language] for language in placed), default=0)
        against_plan = sum(placed[second] < placed[first] for first, second in wanted)
        return end, against_plan, sum(placed.values()), tuple(placed[language] for language in played)

    orders = permutations(played) if len(played) <= EXACT_UP_TO else [_by_plans(played, playlists)]
    best = min((_left_aligned(order, lengths, apart) for order in orders), key=cost)
    return {language: Samples(start) for language, start in best.items()}


def _left_aligned(order: Sequence[str], lengths: Mapping[str, int], apart: set[frozenset[str]]) -> dict[str, int]:
    """Each version in turn as early as those before it allow.

    Every shortest layout is one of these for some order: the one of its own starts.
    """
    placed: dict[str, int] = {}
    for language in order:
        ends = [placed[other] + lengths[other] for other in placed if frozenset((language, other)) in apart]
        placed[language] = max(ends, default=0)
    return placed


def _by_plans(played: Sequence[str], playlists: Sequence[Sequence[str]]) -> list[str]:
    """By the earliest place that a language has in any playlist."""
    return sorted(played, key=lambda language: (min(p.index(language) for p in playlists if language in p), language))
