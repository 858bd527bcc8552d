# SPDX-License-Identifier: 0BSD
$(eval $(call program,smtp/qmail-qmqpc,root,qmail,0755))
