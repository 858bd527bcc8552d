# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/except,root,qmail,0755))
