# SPDX-License-Identifier: 0BSD
$(eval $(call script,local/qail,root,qmail,0755))
