# SPDX-License-Identifier: 0BSD
$(eval $(call script,admin/qmail-config,root,qmail,0755))
