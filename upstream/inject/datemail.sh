#!/bin/sh
# SPDX-License-Identifier: 0BSD
# datemail: like sendmail, with a Date field in local time.
exec @PREFIX@/bin/predate @PREFIX@/bin/sendmail "$@"
