"""Sound in, broadcast-ready sound out.

Import the modules, not the package: `audio_pipeline.decode` needs only PyAV and numpy, so that a receiver installs
without the rest.
"""
