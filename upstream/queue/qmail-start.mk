# SPDX-License-Identifier: 0BSD
$(eval $(call program,queue/qmail-start,root,qmail,0700))
