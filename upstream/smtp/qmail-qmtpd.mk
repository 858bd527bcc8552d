# SPDX-License-Identifier: 0BSD
$(eval $(call program,smtp/qmail-qmtpd,root,qmail,0755))
