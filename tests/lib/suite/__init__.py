# SPDX-License-Identifier: 0BSD
"""The whole suite: builds, runs, counts."""
