# SPDX-License-Identifier: 0BSD
"""Inside a world: one measurement. The argument is JSON: server (ours, postfix, …),
commands (for ours, before it starts), scenario, options. The last line of the output
is the JSON of what was found."""
from __future__ import annotations

import json
import os
import sys
import time

from . import auth, backlog, filters, others, place, scenarios, servers, tls

WHAT = {**scenarios.ALL, **backlog.ALL, **tls.ALL, **auth.ALL}
KINDS = {**others.KINDS, **filters.KINDS}


def main() -> int:
    task = json.loads(sys.argv[1])
    begun = time.monotonic()
    place.prepare()
    options = task["options"]
    remote = int(options.pop("remote", servers.REMOTE_AT_ONCE))
    if task["server"] in KINDS:
        server = KINDS[task["server"]](remote)
    else:
        server = servers.Quiltmail(remote, task.get("commands", ""))
    found = {"load": os.getloadavg()[0], "disk": place.file_system()}
    try:
        found |= WHAT[task["scenario"]](server, **options)
    except Exception as error:  # told in the table, the others go on
        found |= {"ok": False, "wrong": f"{type(error).__name__}: {error}"}
    found["version"] = server.version()
    found["took"] = round(time.monotonic() - begun, 1)
    if not found["ok"]:
        for log in (server.log, server.top / "maillog", server.top / "logs/mainlog",
                    server.top / "filter/log"):
            print(log.read_text(errors="replace")[-1000:] if log.exists() else "")
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
