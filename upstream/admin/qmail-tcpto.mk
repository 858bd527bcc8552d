# SPDX-License-Identifier: 0BSD
$(eval $(call program,admin/qmail-tcpto,root,qmail,0755))
