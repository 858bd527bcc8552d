# SPDX-License-Identifier: 0BSD
"""Plays recorded cases against an installation and compares what it does."""
