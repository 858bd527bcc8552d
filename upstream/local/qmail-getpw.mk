# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/qmail-getpw,root,qmail,0711))
