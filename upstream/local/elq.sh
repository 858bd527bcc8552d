#!/bin/sh
# SPDX-License-Identifier: 0BSD
@PREFIX@/bin/maildir2mbox && exec elm "$@"
# The mail reader elm on an mbox, after the Maildir was moved into it.
