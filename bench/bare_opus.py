"""The rival of the intake: decode and encode to Opus with PyAV, and nothing else. Usage: bare_opus.py IN OUT"""

import sys

import av

source, target = sys.argv[1:]
with av.open(source) as read, av.open(target, "w", format="ogg", options={"fflags": "+bitexact"}) as written:
    stream = written.add_stream("libopus", rate=48_000, layout="mono", bit_rate=32_000)
    stream.options = {"application": "audio", "vbr": "on", "compression_level": "10", "frame_duration": "20"}
    for frame in read.decode(audio=0):
        written.mux(stream.encode(frame))
    written.mux(stream.encode(None))
