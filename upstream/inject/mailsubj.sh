#!/bin/sh
# SPDX-License-Identifier: 0BSD
subject=$1
shift
# mailsubj: sends its input to the recipients, under the subject.
{
	printf 'Subject: %s\nTo: %s\n\n' "$subject" "$*"
	cat
} | @PREFIX@/bin/qmail-inject
