# SPDX-License-Identifier: 0BSD
$(eval $(call script,local/elq,root,qmail,0755))
