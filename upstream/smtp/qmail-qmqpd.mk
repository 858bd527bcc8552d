# SPDX-License-Identifier: 0BSD
$(eval $(call program,smtp/qmail-qmqpd,root,qmail,0755))
