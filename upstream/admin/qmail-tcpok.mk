# SPDX-License-Identifier: 0BSD
$(eval $(call program,admin/qmail-tcpok,root,qmail,0755))
