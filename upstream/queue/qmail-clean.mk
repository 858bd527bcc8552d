# SPDX-License-Identifier: 0BSD
$(eval $(call program,queue/qmail-clean,root,qmail,0711))
