# SPDX-License-Identifier: 0BSD
$(eval $(call program,remote/qmail-rspawn,root,qmail,0711))
