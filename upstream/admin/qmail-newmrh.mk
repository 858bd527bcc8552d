# SPDX-License-Identifier: 0BSD
$(eval $(call program,admin/qmail-newmrh,root,qmail,0700))
