#!/bin/sh
# SPDX-License-Identifier: 0BSD
# qmail-qstat: counts the messages in the queue.
cd @PREFIX@/queue || exit 111

count() {
	find "$1" -type f | wc -l | tr -d ' '
}

echo "messages in queue: $(count mess)"
echo "messages in queue but not yet preprocessed: $(count todo)"
