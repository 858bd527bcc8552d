#!/bin/sh
# SPDX-License-Identifier: 0BSD
@PREFIX@/bin/maildir2mbox && exec pine "$@"
# The mail reader pine on an mbox, after the Maildir was moved into it.
