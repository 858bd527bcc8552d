# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/maildirmake,root,qmail,0755))
