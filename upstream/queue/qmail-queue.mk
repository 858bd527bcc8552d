# SPDX-License-Identifier: 0BSD
$(eval $(call program,queue/qmail-queue,qmailq,qmail,4711))
