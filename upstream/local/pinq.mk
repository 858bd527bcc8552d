# SPDX-License-Identifier: 0BSD
$(eval $(call script,local/pinq,root,qmail,0755))
$(eval $(call link,man/man1/pinq.1,elq.1))
