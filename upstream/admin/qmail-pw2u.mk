# SPDX-License-Identifier: 0BSD
$(eval $(call program,admin/qmail-pw2u,root,qmail,0711))
