# SPDX-License-Identifier: 0BSD
$(eval $(call program,admin/qmail-newu,root,qmail,0700))
