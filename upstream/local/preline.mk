# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/preline,root,qmail,0755))
