"""The thread that decodes ahead: what sounds now, and what comes within seconds."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from protocol.units import SAMPLE_RATE_HZ
from receiver.agenda import Segment
from receiver.feed import LEAD_SAMPLES, Feed, OpenReader

PREPARE_SAMPLES = 5 * SAMPLE_RATE_HZ
IDLE_S = 0.1

Place = tuple[str, int, int]
"""A segment's key, the index of its asset's first sample, and where the segment begins."""


def place(segment: Segment) -> Place:
    return segment.cue.key, segment.cue.first, segment.begin


class Decoder:
    """`find` says where the verified file of an asset is; `unreadable` is told of one that cannot be decoded."""

    def __init__(
        self,
        open_reader: OpenReader,
        *,
        find: Callable[[str], Path],
        index_now: Callable[[], int],
        unreadable: Callable[[str, str], None],
    ) -> None:
        self._open, self._find, self._index_now, self._unreadable = open_reader, find, index_now, unreadable
        self._line: tuple[Segment, ...] = ()
        self._feeds: Mapping[Place, Feed] = {}
        self._bad: set[Place] = set()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        for feed in self._feeds.values():
            feed.close()

    def follow(self, line: tuple[Segment, ...]) -> None:
        self._line = line
        self._wake.set()

    def feed(self, segment: Segment) -> Feed | None:
        """None when it is not prepared, or cannot be."""
        return self._feeds.get(place(segment))

    def work(self) -> bool:
        """One round: prepare what is near, decode one chunk of each; False when there was nothing to decode."""
        self._prepare()
        busy = [self._filled(at, feed) for at, feed in self._feeds.items()]
        return any(busy)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            if not self.work():
                self._wake.wait(IDLE_S)

    def _prepare(self) -> None:
        """Feeds for what is near; the mapping is replaced as a whole, so that the output never sees half of it."""
        now = self._index_now()
        # A voice that fades out is at most one block and one fade from its end; a second is ample.
        near = [s for s in self._line if s.begin < now + PREPARE_SAMPLES and s.end > now - SAMPLE_RATE_HZ]
        places = {place(segment) for segment in near}
        feeds = {at: feed for at, feed in self._feeds.items() if at in places}
        gone = [feed for at, feed in self._feeds.items() if at not in places]
        for segment in near:
            at = place(segment)
            if at not in feeds and at not in self._bad and (feed := self._opened(segment, now)):
                feeds[at] = feed
        if feeds.keys() != self._feeds.keys():
            self._feeds = feeds
        for feed in gone:
            feed.close()
        self._bad &= places

    def _opened(self, segment: Segment, now: int) -> Feed | None:
        cue = segment.cue
        begin = segment.begin if segment.begin > now else now + LEAD_SAMPLES
        try:
            reader = self._open(self._find(cue.asset.sha256))
        except (ValueError, OSError) as error:
            self._give_up(place(segment), cue.asset.sha256, error)
            return None
        return Feed(reader, position=begin - cue.first)

    def _filled(self, at: Place, feed: Feed) -> bool:
        if at in self._bad:
            return False
        try:
            return feed.fill()
        except (ValueError, OSError) as error:
            segment = next((s for s in self._line if place(s) == at), None)
            self._give_up(at, segment.cue.asset.sha256 if segment else "", error)
            return False

    def _give_up(self, at: Place, sha256: str, error: Exception) -> None:
        self._bad.add(at)
        self._unreadable(sha256, str(error))
