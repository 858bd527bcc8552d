# SPDX-License-Identifier: 0BSD
$(eval $(call program,pop/qmail-popup,root,qmail,0711))
