"""Why the demonstration cannot go on: a sentence for whoever runs it."""


class DemoFailed(Exception):  # noqa: N818 -- It is what the person reads.
    pass
