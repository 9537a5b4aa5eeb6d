"""Which version of the software this is."""

from importlib.metadata import version

VERSION = version("loa")
