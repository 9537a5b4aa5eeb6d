"""The process that asks a speech service over HTTP; nothing else in audio_pipeline touches a network.

Usage: python -m audio_pipeline.speech.service_process < request.json
"""

from __future__ import annotations

import base64
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 100_000_000


def main() -> int:
    request = json.loads(sys.stdin.buffer.read())
    if not request["url"].startswith(("http://", "https://")):
        sys.stderr.write("the address must begin with http:// or https://\n")
        return 2
    asked = urllib.request.Request(  # noqa: S310 - The scheme was checked above.
        request["url"], data=request["body"].encode(), headers=request["headers"], method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=request["timeout_s"]) as answer:  # noqa: S310 - See above.
            content = answer.read(MOST_BYTES)
        if request["answer_field"]:
            content = base64.b64decode(json.loads(content)[request["answer_field"]], validate=True)
    except urllib.error.HTTPError as error:
        sys.stderr.write(f"the service answered {error.code}\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{type(error).__name__}\n")
        return 1
    Path(request["target"]).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
