# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/maildirwatch,root,qmail,0755))
