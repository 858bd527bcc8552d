# SPDX-License-Identifier: 0BSD
$(eval $(call program,remote/qmail-remote,root,qmail,0711))
