# SPDX-License-Identifier: 0BSD
$(eval $(call program,admin/qmail-qread,root,qmail,0755))
