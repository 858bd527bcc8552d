# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# TODO
audit_call() { fail "audit: not here yet"; }
