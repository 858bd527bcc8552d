# SPDX-License-Identifier: 0BSD
$(eval $(call program,queue/qmail-send,root,qmail,0711))
