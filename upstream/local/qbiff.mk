# SPDX-License-Identifier: 0BSD
$(eval $(call program,local/qbiff,root,qmail,0755))
