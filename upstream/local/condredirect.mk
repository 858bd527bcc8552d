# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/condredirect,root,qmail,0755))
