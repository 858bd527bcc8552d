# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/qmail-local,root,qmail,0711))
