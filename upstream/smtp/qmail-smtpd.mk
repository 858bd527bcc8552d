# SPDX-License-Identifier: 0BSD
$(eval $(call program,smtp/qmail-smtpd,root,qmail,0755))
