# SPDX-License-Identifier: 0BSD
$(eval $(call script,admin/qmail-qstat,root,qmail,0755))
