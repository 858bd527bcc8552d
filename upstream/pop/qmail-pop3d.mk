# SPDX-License-Identifier: 0BSD
$(eval $(call program,pop/qmail-pop3d,root,qmail,0755))
