# SPDX-License-Identifier: 0BSD
"""Measures this mail server and others side by side, on loopback, in worlds."""
