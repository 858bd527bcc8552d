# SPDX-License-Identifier: 0BSD
$(eval $(call program,admin/splogger,root,qmail,0711))
