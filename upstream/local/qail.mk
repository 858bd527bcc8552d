# SPDX-License-Identifier: 0BSD
$(eval $(call script,local/qail,root,qmail,0755))
$(eval $(call link,man/man1/qail.1,elq.1))
