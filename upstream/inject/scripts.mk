# SPDX-License-Identifier: 0BSD
$(eval $(call script,inject/datemail,root,qmail,0755))
$(eval $(call script,inject/mailsubj,root,qmail,0755))
