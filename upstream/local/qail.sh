#!/bin/sh
# SPDX-License-Identifier: 0BSD
@PREFIX@/bin/maildir2mbox && exec Mail "$@"
# The mail reader Mail on an mbox, after the Maildir was moved into it.
